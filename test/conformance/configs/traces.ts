/** Configurations for message tracing. */
export const traceConfigs: Record<string, string> = {
  traceUsers: `authorization { users: [
    {user: u, password: p}
    {user: denied, password: p, permissions: {publish: {deny: ["no.>", "t.no"]}, subscribe: {deny: "x.hidden"}}}
    {user: allowed, password: p, permissions: {publish: ["x.>", "t.yes"]}}
    {user: svc, password: p, permissions: {publish: {deny: "_INBOX.>"}, allow_responses: true}}
  ] }`,
  traceMapped: `mappings { "m.*": "n.$1", "drop": [ {destination: "drop", weight: 0%} ] }
authorization { users: [ {user: u, password: p} ] }`,
  traceParent: `accounts {
    A { users: [ {user: a, password: p}, {user: d, password: p, permissions: {publish: {deny: "acc.trace"}}} ], msg_trace: "acc.trace" }
    B { users: [ {user: b, password: p} ], msg_trace: {dest: "acc.trace", sampling: "100%"} }
    C { users: [ {user: c, password: p} ] }
  }`,
  traceImports: `accounts {
    A {
      users: [ {user: a, password: p} ]
      exports: [ {stream: "s.>"}, {service: "q", allow_trace: true}, {service: "n"}, {service: "w.*", allow_trace: true} ]
    }
    B {
      users: [ {user: b, password: p} ]
      imports: [
        {stream: {account: A, subject: "s.>"}, to: "b.s.>", allow_trace: true}
        {service: {account: A, subject: "q"}, to: "b.q"}
        {service: {account: A, subject: "n"}}
        {service: {account: A, subject: "w.*"}, to: "b.w.*"}
      ]
      exports: [ {service: "b.q", allow_trace: true} ]
    }
    C {
      users: [ {user: c, password: p} ]
      imports: [ {stream: {account: A, subject: "s.>"}}, {service: {account: B, subject: "b.q"}, to: "c.q"} ]
    }
  }`,
};
