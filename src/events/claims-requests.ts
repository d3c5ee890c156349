/**
 * Requests of the system account that change, list and exchange the JWTs of accounts, and with them
 * the accounts in use here: what `nsc push` and `nsc pull` speak, and other servers.
 *
 *     $SYS.REQ.ACCOUNT.<account>.CLAIMS.UPDATE   and, of old, $SYS.ACCOUNT.<account>.CLAIMS.UPDATE
 *     $SYS.REQ.CLAIMS.UPDATE, .DELETE, .LIST     with a folder of JWTs
 *     $SYS.REQ.ACCOUNT.<account>.CLAIMS.LOOKUP   where the folder is complete (claims-exchange.ts)
 *     $SYS.REQ.CLAIMS.PACK                       the same
 *
 * With other resolvers, or none, an update changes an account in use and nothing else. An update
 * need not be signed by a trusted key to be stored, as in nats-server (a new signing key may become
 * trusted with the next start); it is when an account is to use it. Requests are served one after the
 * other, but for single lookups.
 */
import type { KnownAccounts } from '../account/resolver.ts';
import type { DirectoryResolver } from '../account/resolver-directory.ts';
import { errorText } from '../base/error-text.ts';
import { goQuote } from '../base/go-quote.ts';
import type { InternalClient } from '../deliver/internal-client.ts';
import { tokenAt } from '../subject/tokens.ts';
import { deleteClaims } from './claims-delete.ts';
import { ClaimsExchange } from './claims-exchange.ts';
import { type Outcome, updateClaims } from './claims-update.ts';
import type { EventPublisher } from './event-publisher.ts';
import { RequestLine } from './request-line.ts';

/** Who signs for accounts: the first operator. */
export interface ClaimsOperator {
  readonly key: string;
  /** The operator's own key signs no account. */
  readonly strict: boolean;
  /** Keys that sign, the own one with them unless strict. */
  readonly signers: ReadonlySet<string>;
}

export interface ClaimsParts {
  readonly publisher: EventPublisher;
  /** In the system account, and for this only. */
  readonly client: InternalClient;
  readonly accounts: KnownAccounts;
}

/** A folder that requests work on, and who may. */
export interface ClaimsFolder {
  readonly resolver: DirectoryResolver;
  readonly operator: ClaimsOperator;
}

export class ClaimsRequests {
  private readonly parts: ClaimsParts;
  private readonly folder: ClaimsFolder | undefined;
  private readonly line: RequestLine;
  private exchange: ClaimsExchange | undefined;

  constructor(parts: ClaimsParts, folder?: ClaimsFolder) {
    this.parts = parts;
    this.folder = folder;
    this.line = new RequestLine(parts.publisher.host.logger);
  }

  start(): void {
    this.subscribeUpdate('$SYS.REQ.ACCOUNT.*.CLAIMS.UPDATE', 4);
    this.subscribeUpdate('$SYS.ACCOUNT.*.CLAIMS.UPDATE', 3);
    if (this.folder !== undefined) this.startFolder(this.folder);
  }

  private startFolder(folder: ClaimsFolder): void {
    const { client, publisher } = this.parts;
    const { jwts, kind } = folder.resolver;
    const { host } = publisher;
    jwts.events = {
      onChanged: (key, jwt) => this.onChanged(kind, key, jwt),
      onDeleted: (key) => this.onDeleted(key),
    };
    this.subscribeUpdate('$SYS.REQ.CLAIMS.UPDATE', undefined);
    client.subscribe('$SYS.REQ.CLAIMS.DELETE', (_subject, reply, _header, payload) => {
      const systemAccount = host.systemAccount.name;
      const context = { jwts, operator: folder.operator, systemAccount };
      this.serve(reply, payload, (jwt) => deleteClaims(jwt, context));
    });
    client.subscribe('$SYS.REQ.CLAIMS.LIST', (_subject, reply) => {
      if (reply !== '') this.line.add(0, () => this.list(folder.resolver, reply));
    });
    this.exchange = new ClaimsExchange(client, host, folder.resolver, this.line);
    this.exchange.start();
    const what = kind === 'full' ? 'all' : 'some';
    host.logger.notice(`Managing ${what} jwt in exclusive directory ${jwts.options.directory}`);
  }

  /** Resolves when what was asked until now is done. */
  async close(): Promise<void> {
    this.parts.client.close();
    this.exchange?.close();
    await this.line.settled();
  }

  // ---- what the folder tells ----

  private async onChanged(kind: 'full' | 'cache', key: string, jwt: string): Promise<void> {
    const { accounts, publisher } = this.parts;
    if (!accounts.isKnown(key)) return;
    try {
      await accounts.updateClaims(key, jwt);
    } catch (error) {
      const which = kind === 'full' ? ` for account ${goQuote(key)}` : '';
      const what = `DirResolver - Update${which} resulted in error ${errorText(error)}`;
      publisher.host.logger.error(what);
    }
  }

  private onDeleted(key: string): void {
    if (this.parts.accounts.isKnown(key)) this.parts.accounts.disable(key);
  }

  // ---- requests ----

  /** `keyAt`: the token of the subject that names the account. */
  private subscribeUpdate(subject: string, keyAt: number | undefined): void {
    const { client } = this.parts;
    client.subscribe(subject, (asked, reply, _header, payload) => {
      const named = keyAt === undefined ? undefined : tokenAt(asked, keyAt);
      this.serve(reply, payload, (jwt) => this.update(jwt, named));
    });
  }

  private update(jwt: string, named: string | undefined): Promise<Outcome> {
    const { accounts, publisher } = this.parts;
    const resolver = this.folder?.resolver;
    return updateClaims(jwt, named, {
      kind: resolver?.kind ?? 'none',
      accounts,
      operator: this.folder?.operator,
      nowSeconds: Math.floor(publisher.host.clock.nowMs() / 1000),
      save: async (key) => {
        if (resolver === undefined) await accounts.updateClaims(key, jwt);
        else await resolver.jwts.save(key, jwt);
      },
    });
  }

  private serve(reply: string, payload: Buffer, run: (jwt: string) => Promise<Outcome>): void {
    const jwt = payload.toString('latin1');
    const taken = this.line.add(payload.length, async () => this.respond(reply, await run(jwt)));
    if (taken) return;
    this.respond(reply, { account: '', message: 'jwt update', error: 'too many requests wait' });
  }

  private async list({ jwts }: DirectoryResolver, reply: string): Promise<void> {
    const { publisher } = this.parts;
    const { logger } = publisher.host;
    try {
      const data = await jwts.keys();
      logger.debug(`list request responded with ${data.length} account ids`);
      publisher.publish(reply, { data, server: publisher.nextServerBlock() });
    } catch (error) {
      logger.error(`list request error: ${errorText(error)}`);
    }
  }

  private respond(reply: string, { account, message, error }: Outcome): void {
    const { publisher } = this.parts;
    const { logger } = publisher.host;
    const which = account === '' ? '' : ` - ${account}`;
    if (error === undefined) logger.debug(`${message}${which}`);
    else logger.error(`${message}${which} - ${error}`);
    if (reply === '') return;
    const named = account === '' ? undefined : account;
    const server = publisher.nextServerBlock();
    if (error === undefined) {
      publisher.publish(reply, { server, data: { account: named, code: 200, message } });
    } else {
      const description = `${message} - ${error}`;
      publisher.publish(reply, { server, error: { account: named, code: 500, description } });
    }
  }
}
