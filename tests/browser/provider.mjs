// A real OpenID Connect provider with the profile of ProConnect, for the tests: people and their
// organisation come from the command line, whoever signs in is the one named in the login hint or form.
//
//   node provider.mjs '{"redirect": "...", "left": "...", "people": {"sub": {"siret": "...", "amr": ["pwd"], "acr": "eidas1"}}, "signed": true}'
//
// `acr` is the level of assurance that someone shows; `asked`, the one they show when levels are asked for as essential.
//
// Prints one line of JSON, {"issuer": "..."}, once it answers.
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { redirect, left, people, signed = true, ttl = 30 } = JSON.parse(process.argv[2]);

const server = createServer();
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "jalon",
      client_secret: "un-secret-de-trente-deux-signes-ou-plus",
      token_endpoint_auth_method: "client_secret_post",
      redirect_uris: [redirect],
      post_logout_redirect_uris: [left],
      id_token_signed_response_alg: "RS256",
      ...(signed ? { userinfo_signed_response_alg: "RS256" } : {}),
    },
  ],
  pkce: { required: () => true },
  acrValues: ["eidas1", "eidas1-mfa", "eidas2", "eidas3"],
  scopes: ["openid", "given_name", "usual_name", "siret", "email"],
  claims: {
    openid: ["sub", "amr", "acr", "auth_time"],
    given_name: ["given_name"],
    usual_name: ["usual_name"],
    siret: ["siret"],
    email: ["email"],
  },
  features: {
    devInteractions: { enabled: false },
    jwtUserinfo: { enabled: true },
    claimsParameter: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.body = `<!doctype html><html lang="fr"><body>${form}<button form="op.logoutForm" name="logout" value="yes">Se déconnecter</button></body></html>`;
      },
    },
  },
  ttl: { AuthorizationCode: ttl, AccessToken: 60, Session: 43200, Grant: 43200, IdToken: 60, Interaction: 600 },
  interactions: { url: (_, interaction) => `/entrer/${interaction.uid}` },
  cookies: { keys: ["essai"] },
  findAccount: (_, sub) => ({
    accountId: sub,
    claims: async () => ({ sub, given_name: "Prénom", usual_name: "Nom", email: `${sub}@exemple.fr`, ...people[sub], amr: undefined, acr: undefined, asked: undefined }),
  }),
  // Whoever comes agrees: there is no page for it.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope("openid given_name usual_name siret email");
    await grant.save();
    return grant;
  },
});

const escape = (text) => text.replace(/[^\w-]/g, "");
const answer = provider.callback();
server.on("request", async (request, response) => {
  const [, page, uid, sub] = request.url.split("/");
  if (page !== "entrer") return answer(request, response);
  if (sub) {
    const known = people[sub] ?? {};
    const { prompt } = await provider.interactionDetails(request, response);
    const acr = prompt.details.acr?.essential ? (known.asked ?? known.acr) : known.acr;
    await provider.interactionFinished(request, response, { login: { accountId: sub, amr: known.amr ?? ["pwd"], acr } });
    return;
  }
  response.setHeader("content-type", "text/html; charset=utf-8");
  const links = Object.keys(people).map((one) => `<li><a href="/entrer/${escape(uid)}/${escape(one)}">${escape(one)}</a></li>`);
  response.end(`<!doctype html><html lang="fr"><title>Fournisseur d’essai</title><h1>Qui êtes-vous ?</h1><ul>${links.join("")}</ul></html>`);
});
console.log(JSON.stringify({ issuer }));
