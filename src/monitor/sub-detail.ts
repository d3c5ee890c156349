/** One subscription as /subsz, /connz and closed connections show it. */
import { utf8FromLatin1 } from '../base/go-json.ts';
import { omitEmpty } from '../base/omit-empty.ts';
import type { ClosedSubscription } from '../connection/closed-connections.ts';

export interface SubDetail {
  account: string | undefined;
  account_tag: string | undefined;
  subject: string;
  qgroup: string | undefined;
  sid: string;
  msgs: number;
  max: number | undefined;
  cid: number;
}

/** `account` is undefined inside a connection, which names its account itself; `tag` is its name tag. */
export function buildSubDetail(
  sub: ClosedSubscription,
  cid: number,
  account: string | undefined,
  tag = account,
): SubDetail {
  return {
    account,
    account_tag: tag,
    subject: utf8FromLatin1(sub.subject),
    qgroup: omitEmpty(utf8FromLatin1(sub.queue)),
    sid: utf8FromLatin1(sub.sid),
    msgs: sub.msgs,
    max: omitEmpty(sub.max),
    cid,
  };
}
