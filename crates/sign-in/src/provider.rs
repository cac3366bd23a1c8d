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

use crate::{Error, http::Http, secret};

/// How long what a provider says of itself is believed: its keys change now and then.
const FRESH: Duration = Duration::from_secs(3600);
/// Ways of proving who one is that are two factors by themselves (RFC 8176, and the words of ProConnect)…
const STRONG: [&str; 2] = ["mfa", "pop"];
/// … and those that are the second one beside a password.
const SECOND: [&str; 3] = ["otp", "totp", "hwk"];
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

    /// Prepares a departure. `anew`: they prove who they are again, even when the provider knows them.
    ///
    /// # Errors
    /// When the provider does not answer, or is misconfigured.
    pub async fn start(&self, anew: bool) -> Result<Started, Error> {
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
            .add_extra_param("claims", r#"{"id_token":{"amr":null,"auth_time":null}}"#);
        if anew {
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
        let methods = claims.auth_method_refs().map_or(&[][..], Vec::as_slice);
        let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        let when = claims.auth_time().and_then(|at| Timestamp::from_second(at.timestamp()).ok());
        let belonging = self.belonging(client, tokens, claims.subject()).await?;
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            siret: belonging.siret.filter(|siret| siret.len() == 14),
            second_factor_at: when.filter(|_| is_strong(&methods)),
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

/// Whether these ways of proving who one is are two factors.
fn is_strong(methods: &[&str]) -> bool {
    let any = |known: &[&str]| methods.iter().any(|method| known.contains(method));
    any(&STRONG) || any(&SECOND) && methods.contains(&"pwd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_factors_are_two() {
        for strong in [&["pwd", "mfa"][..], &["pop"], &["pwd", "totp"], &["otp", "pwd"], &["pwd", "hwk"]] {
            assert!(is_strong(strong), "{strong:?}");
        }
        for weak in [&[][..], &["pwd"], &["mail"], &["otp"], &["pwd", "mail"], &["MFA"], &["pwd", "kba"]] {
            assert!(!is_strong(weak), "{weak:?}");
        }
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
