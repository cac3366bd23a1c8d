//! The provider: where to send whoever comes, and what to believe of what comes back.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthenticationFlow, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet, EndpointNotSet,
    EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier,
    ProviderMetadata, RedirectUrl, Scope, SignatureVerificationError, SubjectIdentifier, TokenResponse as _,
    UserInfoClaims, UserInfoError,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClient, CoreClientAuthMethod,
        CoreGenderClaim, CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType, CoreTokenResponse,
    },
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{Error, factors, http::Http, secret};

/// How long what a provider says of itself is believed: its keys change now and then.
const FRESH: Duration = Duration::from_secs(3600);
/// What is asked of how they proved who they are, beside the level of assurance.
const ASKED: &str = r#""amr":null,"auth_time":null"#;
/// The only refusal after which what a provider says of itself is read again: its keys may have changed.
const UNKNOWN_KEY: &str = "its key is not among those of the provider";
/// What is asked of the provider about whoever comes.
const SCOPES: [&str; 4] = ["given_name", "usual_name", "siret", "email"];

/// Where the provider is, and who Jalon is to it.
#[derive(Clone)]
pub struct ProviderSettings {
    /// Its issuer, under which `.well-known/openid-configuration` is.
    pub issuer: String,
    /// Who Jalon is to it.
    pub client_id: String,
    /// The secret that proves it.
    pub client_secret: String,
    /// Where it sends people back: declared to it, never changes.
    pub redirect_url: String,
    /// Where it sends people after they left.
    pub left_url: String,
    /// The levels of assurance of which whoever comes must have shown one; none: whatever it asks of them.
    pub levels: Vec<String>,
}

/// How whoever comes is asked who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// As the provider does: it may know them already.
    Usual,
    /// Again, even when the provider knows them.
    Anew,
    /// Again, and by two factors, where the provider has levels of assurance that say so.
    ByTwo,
}

impl std::fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSettings").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// What the provider says of itself beyond the core.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Extra {
    #[serde(default)]
    end_session_endpoint: Option<String>,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
}
impl AdditionalProviderMetadata for Extra {}

type Metadata = ProviderMetadata<
    Extra,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What ProConnect adds about whoever comes.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct Belonging {
    #[serde(default)]
    siret: Option<String>,
}
impl AdditionalClaims for Belonging {}

/// A departure to the provider.
#[derive(Debug)]
pub struct Started {
    /// Where to send the browser.
    pub url: String,
    /// What comes back with it; the browser keeps it too.
    pub state: String,
    /// What the provider's word must hold.
    pub nonce: String,
    /// The secret of the code's challenge, when the provider takes one.
    pub verifier: Option<String>,
}

/// Who came, as the provider says.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who says so.
    pub issuer: String,
    /// What it calls them: the only key.
    pub subject: String,
    /// The organisation they belong to: 14 digits.
    pub siret: Option<String>,
    /// When they proved who they are by two factors, if they did: the provider may have known them for hours.
    pub second_factor_at: Option<Timestamp>,
    /// The provider's word, to be shown again at the end of the session.
    pub id_token: String,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("second_factor_at", &self.second_factor_at).finish_non_exhaustive()
    }
}

/// What the provider said of itself, and when.
type Known = (Instant, Arc<Metadata>);

/// A provider. A cheap handle.
#[derive(Clone)]
pub struct Provider {
    settings: Arc<ProviderSettings>,
    http: Http,
    known: Arc<Mutex<Option<Known>>>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.settings.issuer).finish_non_exhaustive()
    }
}

impl Provider {
    /// That provider; it is asked who it is when someone first comes.
    ///
    /// # Errors
    /// When this machine trusts nobody.
    pub fn new(settings: ProviderSettings) -> Result<Self, Error> {
        Ok(Self { settings: Arc::new(settings), http: Http::new()?, known: Arc::default() })
    }

    /// Prepares a departure.
    ///
    /// # Errors
    /// When the provider does not answer, or is misconfigured.
    pub async fn start(&self, asking: Asking) -> Result<Started, Error> {
        let metadata = self.metadata(false).await?;
        let client = self.client(&metadata)?;
        let (state, nonce) = (secret::new()?, secret::new()?);
        let (given_state, given_nonce) = (state.clone(), nonce.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(given_state),
                move || Nonce::new(given_nonce),
            )
            .add_scopes(SCOPES.map(|scope| Scope::new(scope.to_owned())))
            .add_extra_param("claims", claims(&self.levels(&metadata, asking)));
        if asking != Asking::Usual {
            request = request.add_prompt(CoreAuthPrompt::Login);
        }
        // A provider refuses parameters that it does not know: the challenge is sent to those that take it.
        let methods = &metadata.additional_metadata().code_challenge_methods_supported;
        let mut verifier = None;
        if methods.iter().any(|method| method == "S256") {
            let (challenge, kept) = PkceCodeChallenge::new_random_sha256();
            request = request.set_pkce_challenge(challenge);
            verifier = Some(kept.secret().clone());
        }
        let (url, _, _) = request.url();
        Ok(Started { url: url.to_string(), state, nonce, verifier })
    }

    /// The levels of assurance of which one is asked for: those that whoever enters must show; when two factors are
    /// asked for, those that say so among them, or among the ones the provider has.
    fn levels(&self, metadata: &Metadata, asking: Asking) -> Vec<String> {
        let required = &self.settings.levels;
        let has = || metadata.acr_values_supported().into_iter().flatten().map(|level| level.to_string());
        let known: Vec<String> = if required.is_empty() { has().collect() } else { required.clone() };
        let two = known.into_iter().filter(|level| factors::says_two(level)).collect::<Vec<_>>();
        if asking == Asking::ByTwo && !two.is_empty() { two } else { required.clone() }
    }

    /// Who came, from the code they came back with.
    ///
    /// # Errors
    /// When the provider does not answer, or its word cannot be believed.
    pub async fn finish(&self, code: &str, nonce: &str, verifier: Option<&str>) -> Result<Identity, Error> {
        let metadata = self.metadata(false).await?;
        let client = self.client(&metadata)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| Error::Settings("it has no token endpoint".into()))?;
        let request = match verifier {
            Some(verifier) => request.set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned())),
            None => request,
        };
        let tokens = request.request_async(&self.http).await.map_err(|error| match error {
            openidconnect::RequestTokenError::Request(error) => error,
            _ => Error::Refused("the code was not accepted"),
        })?;
        match self.identity(&client, &tokens, nonce).await {
            Err(Error::Refused(UNKNOWN_KEY)) => {
                let metadata = self.metadata(true).await?;
                self.identity(&self.client(&metadata)?, &tokens, nonce).await
            }
            known => known,
        }
    }

    async fn identity(
        &self,
        client: &Client,
        tokens: &CoreTokenResponse,
        nonce: &str,
    ) -> Result<Identity, Error> {
        let token = tokens.id_token().ok_or(Error::Refused("there is no identity in the answer"))?;
        let verifier = client.id_token_verifier().set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
        ]);
        let claims = token
            .claims(&verifier, &Nonce::new(nonce.to_owned()))
            .map_err(|error| refused(&error, "the identity does not verify"))?;
        let level = claims.auth_context_ref().map(|level| level.as_str());
        let required = &self.settings.levels;
        if !required.is_empty() && !required.iter().any(|known| Some(known.as_str()) == level) {
            return Err(Error::Level);
        }
        let methods = claims.auth_method_refs().map_or(&[][..], Vec::as_slice);
        let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        let when = claims.auth_time().and_then(|at| Timestamp::from_second(at.timestamp()).ok());
        let belonging = self.belonging(client, tokens, claims.subject()).await?;
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            siret: belonging.siret.filter(|siret| siret.len() == 14),
            second_factor_at: when.filter(|_| factors::are_two(level, &methods)),
            id_token: token.to_string(),
        })
    }

    /// What the provider adds, in a word that it signed as well.
    async fn belonging(
        &self,
        client: &Client,
        tokens: &CoreTokenResponse,
        subject: &SubjectIdentifier,
    ) -> Result<Belonging, Error> {
        let request = client
            .user_info(tokens.access_token().clone(), Some(subject.clone()))
            .map_err(|_| Error::Settings("it has no UserInfo endpoint".into()))?
            .require_signed_response(true);
        let claims: UserInfoClaims<Belonging, CoreGenderClaim> =
            request.request_async(&self.http).await.map_err(|error| match error {
                UserInfoError::Request(error) => error,
                UserInfoError::ClaimsVerification(error) => refused(&error, "the UserInfo does not verify"),
                _ => Error::Refused("the UserInfo does not verify"),
            })?;
        Ok(claims.additional_claims().clone())
    }

    /// Where to send the browser at the end of a session; nothing when the provider has no such place.
    ///
    /// # Errors
    /// When the provider does not answer, or is misconfigured.
    pub async fn leave(&self, id_token: &str) -> Result<Option<String>, Error> {
        let metadata = self.metadata(false).await?;
        let Some(place) = &metadata.additional_metadata().end_session_endpoint else { return Ok(None) };
        let state = secret::new()?;
        let parameters = [
            ("id_token_hint", id_token),
            ("state", &state),
            ("post_logout_redirect_uri", &self.settings.left_url),
        ];
        let url = openidconnect::url::Url::parse_with_params(place, parameters);
        Ok(Some(url.map_err(|error| Error::Settings(error.to_string()))?.to_string()))
    }

    /// What the provider says of itself.
    async fn metadata(&self, anew: bool) -> Result<Arc<Metadata>, Error> {
        let mut known = self.known.lock().await;
        if let Some((when, metadata)) = &*known
            && !anew
            && when.elapsed() < FRESH
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| Error::Settings(error.to_string()))?;
        let metadata = Metadata::discover_async(issuer, &self.http).await.map_err(|error| match error {
            openidconnect::DiscoveryError::Request(error) => error,
            other => Error::Unavailable(other.to_string()),
        })?;
        let metadata = Arc::new(metadata);
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    fn client(&self, metadata: &Metadata) -> Result<Client, Error> {
        let settings = &self.settings;
        let redirect = RedirectUrl::new(settings.redirect_url.clone())
            .map_err(|error| Error::Settings(error.to_string()))?;
        let secret = ClientSecret::new(settings.client_secret.clone());
        let id = ClientId::new(settings.client_id.clone());
        Ok(CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret))
            .set_redirect_uri(redirect)
            .set_auth_type(AuthType::RequestBody))
    }
}

/// Why what is signed cannot be believed.
fn refused(error: &ClaimsVerificationError, otherwise: &'static str) -> Error {
    Error::Refused(match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => {
            UNKNOWN_KEY
        }
        _ => otherwise,
    })
}

/// What is asked of how they proved who they are: one of these levels of assurance, or whichever it is.
fn claims(levels: &[String]) -> String {
    let level = match levels {
        [] => "null".to_owned(),
        levels => serde_json::json!({"essential": true, "values": levels}).to_string(),
    };
    format!(r#"{{"id_token":{{{ASKED},"acr":{level}}}}}"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_of_assurance_is_asked_for_as_it_is_named() {
        let parsed = |levels: &[&str]| -> serde_json::Value {
            let levels: Vec<String> = levels.iter().map(|level| (*level).to_owned()).collect();
            serde_json::from_str(&claims(&levels)).unwrap()
        };
        let any = serde_json::json!({"id_token": {"amr": null, "auth_time": null, "acr": null}});
        assert_eq!(parsed(&[]), any);
        let asked = &parsed(&["eidas2", "a\"b"])["id_token"]["acr"];
        assert_eq!(*asked, serde_json::json!({"essential": true, "values": ["eidas2", "a\"b"]}));
    }

    #[test]
    fn only_an_unknown_key_calls_for_reading_the_keys_again() {
        use ClaimsVerificationError::{Expired, InvalidNonce, SignatureVerification};
        let other = "the identity does not verify";
        let unknown = SignatureVerification(SignatureVerificationError::NoMatchingKey);
        assert!(matches!(refused(&unknown, other), Error::Refused(UNKNOWN_KEY)));
        for error in [
            Expired(String::new()),
            InvalidNonce(String::new()),
            SignatureVerification(SignatureVerificationError::CryptoError(String::new())),
            SignatureVerification(SignatureVerificationError::NoSignature),
        ] {
            assert!(matches!(refused(&error, other), Error::Refused(why) if why == other));
        }
    }
}
