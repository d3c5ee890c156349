//go:build ignore

// Makes tokens.json: the JWTs of the recorded sessions, with the official libraries. Keys and times are
// fixed, so that it makes the same again. Tests do not need it or Go. In a module with
//
//	require github.com/nats-io/jwt/v2 v2.8.2
//	require github.com/nats-io/nkeys v0.4.16
//
// run it with the path of tokens.json.
package main

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

const (
	issuedAt = 1700000000
	past     = 1700000001
	future   = 4000000000
)

// The key belongs to its name, which begins with its kind; keys.ts makes the same.
func key(name string) nkeys.KeyPair {
	kinds := map[string]nkeys.PrefixByte{
		"user":     nkeys.PrefixByteUser,
		"account":  nkeys.PrefixByteAccount,
		"operator": nkeys.PrefixByteOperator,
	}
	seed := sha256.Sum256([]byte("conformance " + name))
	pair, err := nkeys.FromRawSeed(kinds[strings.Split(name, "-")[0]], seed[:])
	check(err)
	return pair
}

func pub(name string) string {
	text, err := key(name).PublicKey()
	check(err)
	return text
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

type entry struct {
	Token  string `json:"token"`
	Issuer string `json:"issuer"`
}

var tokens = map[string]entry{}

func encoded(v any) string {
	text, err := json.Marshal(v)
	check(err)
	return base64.RawURLEncoding.EncodeToString(text)
}

func signed(issuer, head, body string) string {
	sig, err := key(issuer).Sign([]byte(head + "." + body))
	check(err)
	return head + "." + body + "." + base64.RawURLEncoding.EncodeToString(sig)
}

// put encodes as the library does, but for the time of issue.
func put(name, issuer string, claims jwt.Claims, at int64) string {
	_, err := claims.Encode(key(issuer))
	check(err)
	data := claims.Claims()
	data.IssuedAt = at
	data.ID = ""
	text, err := json.Marshal(data)
	check(err)
	hash := sha512.Sum512_256(text)
	data.ID = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(hash[:])
	head := encoded(jwt.Header{Type: jwt.TokenTypeJwt, Algorithm: jwt.AlgorithmNkey})
	token := signed(issuer, head, encoded(claims))
	tokens[name] = entry{token, issuer}
	return token
}

func operator() {
	c := jwt.NewOperatorClaims(pub("operator-main"))
	c.Name = "main"
	c.SystemAccount = pub("account-sys")
	c.SigningKeys.Add(pub("operator-signing"))
	put("operator-main", "operator-main", c, issuedAt)
}

func account(name string, edit func(*jwt.AccountClaims)) {
	c := jwt.NewAccountClaims(pub("account-" + name))
	c.Name = name
	issuer := "operator-main"
	if edit != nil {
		edit(c)
	}
	if name == "signed" {
		issuer = "operator-signing"
	}
	if name == "stranger" {
		issuer = "operator-stranger"
	}
	put("account-"+name, issuer, c, issuedAt)
}

func activation(name, importer, issuer string, kind jwt.ExportType, subject string, expires int64) string {
	c := jwt.NewActivationClaims(pub("account-" + importer))
	c.Name = name
	c.ImportSubject = jwt.Subject(subject)
	c.ImportType = kind
	c.Expires = expires
	return put("activation-"+name, issuer, c, issuedAt)
}

func streamOf(subject, to, token string) *jwt.Import {
	return &jwt.Import{Name: subject, Subject: jwt.Subject(subject), Account: pub("account-a"), LocalSubject: jwt.RenamingSubject(to), Type: jwt.Stream, Token: token}
}

func serviceOf(subject, to, token string) *jwt.Import {
	return &jwt.Import{Name: subject, Subject: jwt.Subject(subject), Account: pub("account-a"), LocalSubject: jwt.RenamingSubject(to), Type: jwt.Service, Token: token}
}

func accounts() {
	account("sys", nil)
	account("a", func(c *jwt.AccountClaims) {
		c.Tags.Add("env:test", "env:dev")
		c.SigningKeys.Add(pub("account-a-signing"))
		role := jwt.NewUserScope()
		role.Key = pub("account-a-role")
		role.Role = "worker"
		role.Template.Pub.Allow.Add("{{name()}}.>", "team.{{tag(team)}}.{{account-tag(env)}}", "t.>")
		role.Template.Sub.Allow.Add("{{subject()}}.>", "{{account-name()}}.>", "{{account-subject()}}", "_INBOX.>")
		role.Template.Sub.Deny.Add("a.no")
		role.Template.Subs = 5
		role.Template.Payload = 20
		c.SigningKeys.AddScopedSigner(role)
		bearer := jwt.NewUserScope()
		bearer.Key = pub("account-a-bearer")
		bearer.Role = "bearer"
		bearer.Template.BearerToken = true
		bearer.Template.Pub.Deny.Add("x")
		c.SigningKeys.AddScopedSigner(bearer)
		c.Exports.Add(
			&jwt.Export{Name: "s", Subject: "s.>", Type: jwt.Stream},
			&jwt.Export{Name: "q", Subject: "q", Type: jwt.Service},
			&jwt.Export{Name: "p", Subject: "p.>", Type: jwt.Stream, TokenReq: true},
			&jwt.Export{Name: "pq", Subject: "pq", Type: jwt.Service, TokenReq: true},
			&jwt.Export{Name: "tp", Subject: "tp.*", Type: jwt.Service, AccountTokenPosition: 2},
		)
		for _, e := range c.Exports {
			if e.Name == "p" {
				e.Revocations = jwt.RevocationList{pub("account-revokedact"): past}
			}
		}
		c.Revocations = jwt.RevocationList{pub("user-revoked"): past, pub("user-renewed"): past}
	})
	account("b", func(c *jwt.AccountClaims) {
		c.Imports.Add(
			streamOf("s.>", "from.a.>", ""),
			serviceOf("q", "b.q", ""),
			streamOf("p.>", "", activation("b", "b", "account-a", jwt.Stream, "p.>", 0)),
			serviceOf("pq", "", activation("b-service", "b", "account-a", jwt.Service, "pq", 0)),
			serviceOf("tp."+pub("account-b"), "tp", ""),
		)
		c.Imports[1].Share = true
	})
	p := func(token string) func(*jwt.AccountClaims) {
		return func(c *jwt.AccountClaims) { c.Imports.Add(streamOf("p.x", "", token), streamOf("s.>", "", "")) }
	}
	account("noactivation", p(""))
	account("foreign", p(tokens["activation-b"].Token))
	account("selfmade", p(activation("selfmade", "selfmade", "account-selfmade", jwt.Stream, "p.>", 0)))
	account("narrow", p(activation("narrow", "narrow", "account-a", jwt.Stream, "p.y", 0)))
	account("revokedact", p(activation("revokedact", "revokedact", "account-a", jwt.Stream, "p.>", 0)))
	account("expiredact", p(activation("expiredact", "expiredact", "account-a", jwt.Stream, "p.>", past)))
	account("signact", p(activationBySigning()))
	account("garbageact", p("garbage"))
	account("expired", func(c *jwt.AccountClaims) { c.Expires = past })
	account("limits", func(c *jwt.AccountClaims) {
		c.Limits.Conn = 1
		c.Limits.Subs = 2
		c.Limits.Payload = 10
	})
	account("nowhere", func(c *jwt.AccountClaims) { c.Limits.Conn = 0 })
	account("star", func(c *jwt.AccountClaims) { c.Revocations = jwt.RevocationList{"*": past} })
	account("nobearer", func(c *jwt.AccountClaims) { c.Limits.DisallowBearer = true })
	account("defaults", func(c *jwt.AccountClaims) {
		c.DefaultPermissions.Pub.Allow.Add("d.>")
		c.DefaultPermissions.Sub.Allow.Add("d.>")
		c.DefaultPermissions.Sub.Deny.Add("d.no")
	})
	account("mapped", func(c *jwt.AccountClaims) {
		c.Mappings = jwt.Mapping{"m.*": {{Subject: "n.$1"}}, "half": {{Subject: "half.a", Weight: 100}}}
	})
	account("traced", func(c *jwt.AccountClaims) { c.Trace = &jwt.MsgTrace{Destination: "acc.trace"} })
	account("signed", nil)
	account("stranger", nil)
	v1Account()
	later("a-revoking", "a", func(c *jwt.AccountClaims) {
		c.SigningKeys.Add(pub("account-a-signing"))
		c.Revocations = jwt.RevocationList{pub("user-good"): past}
	})
	later("a-revoking-all", "a", func(c *jwt.AccountClaims) { c.Revocations = jwt.RevocationList{"*": past} })
	later("a-limited", "a", func(c *jwt.AccountClaims) {
		c.SigningKeys.Add(pub("account-a-signing"))
		c.Limits.Subs = 1
		c.Limits.Payload = 5
		c.Limits.Conn = 1
	})
	later("a-closed", "a", nil)
	later("a-expired", "a", func(c *jwt.AccountClaims) { c.Expires = past })
	later("b-closed", "b", nil)
}

// later is another state of an account, for reloads.
func later(name, of string, edit func(*jwt.AccountClaims)) {
	c := jwt.NewAccountClaims(pub("account-" + of))
	c.Name = of
	if edit != nil {
		edit(c)
	}
	put("account-"+name, "operator-main", c, 1750000000)
}

func activationBySigning() string {
	c := jwt.NewActivationClaims(pub("account-signact"))
	c.ImportSubject = "p.>"
	c.ImportType = jwt.Stream
	c.IssuerAccount = pub("account-a")
	return put("activation-signact", "account-a-signing", c, issuedAt)
}

type old map[string]any

// The first version of the format, which the library reads but does not write: it signs the body alone.
func v1(name, issuer string, body old) {
	body["iss"] = pub(issuer)
	body["iat"] = issuedAt
	body["jti"] = "V1"
	text := encoded(body)
	sig, err := key(issuer).Sign([]byte(text))
	check(err)
	head := encoded(jwt.Header{Type: "jwt", Algorithm: jwt.AlgorithmNkeyOld})
	tokens[name] = entry{head + "." + text + "." + base64.RawURLEncoding.EncodeToString(sig), issuer}
}

func v1Account() {
	v1("account-v1", "operator-main", old{
		"name": "v1", "sub": pub("account-v1"), "type": "account",
		"nats": old{"limits": old{"subs": -1, "conn": -1, "leaf": -1, "imports": -1, "exports": -1, "data": -1, "payload": -1, "wildcards": true}},
	})
}

func user(name, issuer string, edit func(*jwt.UserClaims)) {
	at(name, issuer, issuedAt, edit)
}

func at(name, issuer string, when int64, edit func(*jwt.UserClaims)) {
	c := jwt.NewUserClaims(pub("user-" + name))
	c.Name = name
	if edit != nil {
		edit(c)
	}
	put("user-"+name, issuer, c, when)
}

func users() {
	a := "account-a"
	byKey := func(c *jwt.UserClaims) { c.IssuerAccount = pub(a) }
	user("sys", "account-sys", nil)
	user("good", a, nil)
	user("expired", a, func(c *jwt.UserClaims) { c.Expires = past })
	user("lasting", a, func(c *jwt.UserClaims) { c.Expires = future })
	user("early", a, func(c *jwt.UserClaims) { c.NotBefore = future })
	user("bearer", a, func(c *jwt.UserClaims) { c.BearerToken = true })
	user("revoked", a, nil)
	at("renewed", a, 1750000000, nil)
	user("signing", "account-a-signing", byKey)
	user("signing-alone", "account-a-signing", nil)
	user("unknown-signing", "account-a-other", byKey)
	user("wrong-account", "account-a-signing", func(c *jwt.UserClaims) { c.IssuerAccount = pub("account-b") })
	user("own-account", a, byKey)
	user("missing-account", "account-a-signing", func(c *jwt.UserClaims) { c.IssuerAccount = pub("account-missing") })
	scoped := func(tags ...string) func(*jwt.UserClaims) {
		return func(c *jwt.UserClaims) {
			c.UserPermissionLimits = jwt.UserPermissionLimits{}
			c.IssuerAccount = pub(a)
			c.Tags.Add(tags...)
		}
	}
	user("role", "account-a-role", scoped("team:blue", "team:red"))
	user("role-untagged", "account-a-role", scoped())
	user("role-own", "account-a-role", func(c *jwt.UserClaims) {
		byKey(c)
		c.Pub.Allow.Add("own")
	})
	user("role-default", "account-a-role", byKey)
	user("role-odd", "account-a-role", func(c *jwt.UserClaims) {
		scoped("team:a b", "team:*")(c)
		c.Name = "odd name"
	})
	user("role-bearer", "account-a-bearer", scoped())
	user("perms", a, func(c *jwt.UserClaims) {
		c.Pub.Allow.Add("x.>")
		c.Pub.Deny.Add("x.no")
		c.Sub.Allow.Add("x.>", "w q.*")
		c.Sub.Deny.Add("x.*.no")
	})
	user("resp", a, func(c *jwt.UserClaims) {
		c.Pub.Deny.Add(">")
		c.Resp = &jwt.ResponsePermission{MaxMsgs: 2, Expires: time.Minute}
	})
	user("src-no", a, func(c *jwt.UserClaims) { c.Src.Add("10.0.0.0/8", "192.0.2.1/32") })
	user("src-yes", a, func(c *jwt.UserClaims) { c.Src.Add("10.0.0.0/8", "127.0.0.0/8") })
	user("src-bad", a, func(c *jwt.UserClaims) { c.Src.Add("nonsense") })
	user("src-six", a, func(c *jwt.UserClaims) { c.Src.Add("::1/128") })
	times := func(zone string, list ...string) func(*jwt.UserClaims) {
		return func(c *jwt.UserClaims) {
			c.Locale = zone
			for i := 0; i < len(list); i += 2 {
				c.Times = append(c.Times, jwt.TimeRange{Start: list[i], End: list[i+1]})
			}
		}
	}
	user("times-all", a, times("", "00:00:00", "12:00:00", "12:00:00", "23:59:59"))
	user("times-zone", a, times("America/New_York", "00:00:00", "12:00:00", "12:00:00", "23:59:59"))
	user("times-no", a, times("", "00:00:00", "00:00:00"))
	user("times-bad", a, times("", "nonsense", "23:59:59"))
	user("times-bad-zone", a, times("Nowhere/At_All", "00:00:00", "23:59:59"))
	types := func(list ...string) func(*jwt.UserClaims) {
		return func(c *jwt.UserClaims) { c.AllowedConnectionTypes.Add(list...) }
	}
	user("type-ws", a, types("WEBSOCKET"))
	user("type-standard", a, types("standard"))
	user("type-both", a, types("WEBSOCKET", "STANDARD"))
	user("type-unknown", a, types("FOO"))
	user("type-unknown-too", a, types("FOO", "STANDARD"))
	user("subs", a, func(c *jwt.UserClaims) { c.Subs = 1 })
	user("payload", a, func(c *jwt.UserClaims) { c.Limits.Payload = 5 })
	user("zero", a, func(c *jwt.UserClaims) { c.Limits = jwt.Limits{} })
	user("proxy", a, func(c *jwt.UserClaims) { c.ProxyRequired = true })
	user("b", "account-b", nil)
	for _, name := range []string{"noactivation", "foreign", "selfmade", "narrow", "revokedact", "expiredact", "signact", "garbageact", "limits", "nowhere", "mapped", "traced", "signed", "stranger", "missing", "v1", "defaults"} {
		user(name, "account-"+name, nil)
	}
	user("in-expired", "account-expired", nil)
	at("star-old", "account-star", issuedAt, nil)
	at("star-new", "account-star", 1750000000, nil)
	user("nobearer", "account-nobearer", nil)
	user("nobearer-bearer", "account-nobearer", func(c *jwt.UserClaims) { c.BearerToken = true })
	user("defaults-own", "account-defaults", func(c *jwt.UserClaims) { c.Pub.Allow.Add("own") })
	v1("user-old", a, old{
		"name": "old", "sub": pub("user-old"), "type": "user",
		"nats": old{"pub": old{"allow": []string{"x"}}, "sub": old{}, "subs": -1, "max": 1000},
	})
	v1("user-old-signing", "account-a-signing", old{
		"name": "old", "sub": pub("user-old-signing"), "type": "user", "issuer_account": pub(a),
		"nats": old{"pub": old{}, "sub": old{}},
	})
	v1("user-in-v1", "account-v1", old{
		"name": "in-v1", "sub": pub("user-in-v1"), "type": "user", "nats": old{"pub": old{}, "sub": old{}},
	})
}

// Damaged relatives of user-good, all for its key.
func broken() {
	good := tokens["user-good"].Token
	parts := strings.Split(good, ".")
	put := func(name, token string) { tokens["user-good-"+name] = entry{token, "account-a"} }
	put("cut", good[:len(good)-10])
	put("long", good+"AAAA")
	put("two-parts", parts[0]+"."+parts[1])
	put("four-parts", good+".x")
	put("no-signature", parts[0]+"."+parts[1]+".")
	put("other-signature", parts[0]+"."+parts[1]+"."+strings.Split(tokens["user-perms"].Token, ".")[2])
	put("other-body", parts[0]+"."+strings.Split(tokens["user-perms"].Token, ".")[1]+"."+parts[2])
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	check(err)
	var body map[string]any
	check(json.Unmarshal(text, &body))
	with := func(edit func(body, nats map[string]any)) map[string]any {
		var copied map[string]any
		check(json.Unmarshal(text, &copied))
		edit(copied, copied["nats"].(map[string]any))
		return copied
	}
	head := func(kind, algorithm string) string { return encoded(jwt.Header{Type: kind, Algorithm: algorithm}) }
	usual := head("JWT", jwt.AlgorithmNkey)
	again := func(name string, edit func(body, nats map[string]any)) {
		put(name, signed("account-a", usual, encoded(with(edit))))
	}
	put("alg-none", head("JWT", "none")+"."+parts[1]+".")
	put("alg-none-signed", signed("account-a", head("JWT", "none"), parts[1]))
	put("alg-old", signed("account-a", head("JWT", jwt.AlgorithmNkeyOld), parts[1]))
	put("alg-rs256", signed("account-a", head("JWT", "RS256"), parts[1]))
	put("type-other", signed("account-a", head("JWS", jwt.AlgorithmNkey), parts[1]))
	put("type-lower", signed("account-a", head("jwt", "ED25519-NKEY"), parts[1]))
	again("newer", func(_, nats map[string]any) { nats["version"] = 3 })
	again("version-0", func(_, nats map[string]any) { delete(nats, "version") })
	again("generic", func(_, nats map[string]any) { nats["type"] = "other" })
	again("untyped", func(_, nats map[string]any) { delete(nats, "type") })
	again("as-account", func(_, nats map[string]any) { nats["type"] = "account" })
	again("as-activation", func(_, nats map[string]any) { nats["type"] = "activation" })
	again("subject-account", func(body, _ map[string]any) { body["sub"] = pub("account-a") })
	again("subject-empty", func(body, _ map[string]any) { body["sub"] = "" })
	again("subject-other", func(body, _ map[string]any) { body["sub"] = pub("user-perms") })
	again("issuer-cut", func(body, _ map[string]any) { body["iss"] = pub("account-a")[:30] })
	again("issuer-one", func(body, _ map[string]any) { body["iss"] = "A" })
	again("issuer-empty", func(body, _ map[string]any) { body["iss"] = "" })
	again("issuer-operator", func(body, _ map[string]any) { body["iss"] = pub("operator-main") })
	again("issuer-lower", func(body, _ map[string]any) { body["iss"] = strings.ToLower(pub("account-a")) })
	again("issuer-checksum", func(body, _ map[string]any) {
		key := []byte(pub("account-a"))
		key[20] ^= 1
		body["iss"] = string(key)
	})
	again("expires-text", func(body, _ map[string]any) { body["exp"] = "soon" })
	again("expires-float", func(body, _ map[string]any) { body["exp"] = 4e9 + 0.5 })
	again("expires-negative", func(body, _ map[string]any) { body["exp"] = -1 })
	again("unknown-field", func(body, nats map[string]any) { body["x"] = 1; nats["__proto__"] = old{"bearer_token": true} })
	again("audience", func(body, _ map[string]any) { body["aud"] = "someone" })
	again("deny-number", func(_, nats map[string]any) { nats["pub"] = old{"deny": []int{1}} })
	again("bad-subject", func(_, nats map[string]any) { nats["pub"] = old{"allow": []string{"a..b", "c d e"}} })
	put("body-array", signed("account-a", usual, encoded([]int{1})))
	put("body-text", signed("account-a", usual, encoded("x")))
	put("body-null", signed("account-a", usual, encoded(nil)))
	put("deep", signed("account-a", usual, base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("[", 20000)))))
	put("by-operator", signed("operator-main", usual, encoded(with(func(body, _ map[string]any) { body["iss"] = pub("operator-main") }))))
	put("by-user", signed("user-good", usual, encoded(with(func(body, _ map[string]any) { body["iss"] = pub("user-good") }))))
}

func main() {
	operator()
	accounts()
	users()
	broken()
	text, err := json.MarshalIndent(tokens, "", " ")
	check(err)
	check(os.WriteFile(os.Args[1], append(text, '\n'), 0o644))
	fmt.Println(len(tokens), "tokens")
}
