// A false OpenID Connect provider, for the tests: its word is wrong in the way whoever signs in asks for.
//
//   node forger.mjs '{"redirect": "...", "siret": "..."}'
//
// Prints one line of JSON, {"issuer": "..."}, once it answers. `/counted` says how often it was asked for what.
import { createServer } from "node:http";
import { createHash, randomUUID } from "node:crypto";
import { SignJWT, UnsecuredJWT, exportJWK, exportSPKI, generateKeyPair } from "jose";

const { redirect, siret } = JSON.parse(process.argv[2]);
const CLIENT = "jalon";
const known = await generateKeyPair("RS256", { extractable: true });
const other = await generateKeyPair("RS256", { extractable: true });
const jwk = async (pair, kid) => ({ ...(await exportJWK(pair.publicKey)), kid, use: "sig", alg: "RS256" });
const keys = [await jwk(known, "known")];

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;
const counted = { keys: 0, token: 0, userinfo: 0 };
const departures = new Map();
const tokens = new Map();

const now = () => Math.floor(Date.now() / 1000);
const claims = (one) => ({ sub: one.sub, aud: CLIENT, iss: issuer, nonce: one.nonce, iat: now(), exp: now() + 60, auth_time: now(), amr: ["pwd", "mfa"] });
const sign = (said, { kid = "known", pair = known, header = {} } = {}) =>
  new SignJWT(said).setProtectedHeader({ alg: "RS256", kid, ...header }).sign(pair.privateKey);

// How the identity is wrong, by name.
const WAYS = {
  right: (one) => sign(claims(one)),
  "alg-none": (one) => new UnsecuredJWT(claims(one)).encode(),
  "hs256-public-key": async (one) =>
    new SignJWT(claims(one)).setProtectedHeader({ alg: "HS256", kid: "known" }).sign(new TextEncoder().encode(await exportSPKI(known.publicKey))),
  "hs256-client-secret": (one) =>
    new SignJWT(claims(one)).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("un-secret-de-trente-deux-signes-ou-plus")),
  "other-audience": (one) => sign({ ...claims(one), aud: "quelqu-un-d-autre" }),
  "two-audiences": (one) => sign({ ...claims(one), aud: [CLIENT, "quelqu-un-d-autre"] }),
  "other-issuer": (one) => sign({ ...claims(one), iss: "https://ailleurs.example" }),
  "other-nonce": (one) => sign({ ...claims(one), nonce: randomUUID() }),
  "no-nonce": ({ nonce, ...one }) => sign({ ...claims(one), nonce: undefined }),
  expired: (one) => sign({ ...claims(one), iat: now() - 120, exp: now() - 60 }),
  "other-key-same-name": (one) => sign(claims(one), { pair: other }),
  "unknown-key": (one) => sign(claims(one), { kid: "unknown", pair: other }),
  jku: (one) => sign(claims(one), { kid: "jku", pair: other, header: { jku: `${issuer}/others` } }),
  "jwk-within": async (one) => sign(claims(one), { kid: "within", pair: other, header: { jwk: await jwk(other, "within") } }),
  "high-level": (one) => sign({ ...claims(one), acr: "eidas2" }),
  "low-level": (one) => sign({ ...claims(one), acr: "eidas1" }),
  "two-levels": (one) => sign({ ...claims(one), acr: "eidas1 eidas2" }),
  "userinfo-of-another": (one) => sign(claims(one)),
  "userinfo-unsigned": (one) => sign(claims(one)),
  // From now on it has another key as well: whoever meets it reads the keys again, once.
  "new-key": async (one) => {
    keys.push(await jwk(other, "newer"));
    return sign(claims(one), { kid: "newer", pair: other });
  },
};

const json = (response, body, status = 200) => {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
};
const go = (response, location) => { response.writeHead(302, { location }); response.end(); };

async function body(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

async function give(request, response) {
  counted.token += 1;
  const given = await body(request);
  const one = departures.get(given.get("code"));
  departures.delete(given.get("code"));
  const proof = createHash("sha256").update(given.get("code_verifier") ?? "").digest("base64url");
  if (!one || proof !== one.challenge) return json(response, { error: "invalid_grant" }, 400);
  const access = randomUUID();
  tokens.set(access, one);
  json(response, { access_token: access, token_type: "Bearer", expires_in: 60, id_token: await WAYS[one.way](one) });
}

async function tell(request, response) {
  counted.userinfo += 1;
  const one = tokens.get((request.headers.authorization ?? "").replace("Bearer ", ""));
  const said = { sub: one.way === "userinfo-of-another" ? "quelqu-un-d-autre" : one.sub, siret };
  if (one.way === "userinfo-unsigned") return json(response, said);
  response.writeHead(200, { "content-type": "application/jwt" });
  response.end(await sign({ ...said, iss: issuer, aud: CLIENT }));
}

server.on("request", async (request, response) => {
  const url = new URL(request.url, issuer);
  const [, page, uid, way] = url.pathname.split("/");
  switch (page) {
    case ".well-known":
      return json(response, {
        issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token`, userinfo_endpoint: `${issuer}/userinfo`,
        jwks_uri: `${issuer}/keys`, response_types_supported: ["code"], subject_types_supported: ["pairwise"],
        id_token_signing_alg_values_supported: ["RS256", "HS256", "none"], userinfo_signing_alg_values_supported: ["RS256"],
        code_challenge_methods_supported: ["S256"],
      });
    case "keys":
      counted.keys += 1;
      return json(response, { keys });
    case "others":
      return json(response, { keys: [await jwk(other, "jku")] });
    case "authorize": {
      const uid = randomUUID();
      const given = url.searchParams;
      departures.set(uid, { nonce: given.get("nonce"), state: given.get("state"), challenge: given.get("code_challenge") });
      return go(response, `${issuer}/entrer/${uid}`);
    }
    case "entrer": {
      if (!way) return response.end("Comment ?");
      const one = { ...departures.get(uid), way: way.split(".")[0], sub: way };
      departures.set(uid, one);
      return go(response, `${redirect}?code=${uid}&state=${encodeURIComponent(one.state)}&iss=${encodeURIComponent(issuer)}`);
    }
    case "token":
      return give(request, response);
    case "userinfo":
      return tell(request, response);
    case "counted":
      return json(response, counted);
    default:
      return json(response, {}, 404);
  }
});
console.log(JSON.stringify({ issuer }));
