//! How routes are described: OpenAPI, from the same lines as the routes.

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ContentBuilder, HttpMethod, RefOr, Required,
        path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn, PathItem},
        request_body::RequestBodyBuilder,
        response::ResponseBuilder,
        schema::{ObjectBuilder, Schema, Type},
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use super::Api;
use crate::Problem;

impl Api {
    /// Describes the optional parameters of a query's address: their names, and what they mean.
    #[must_use]
    pub fn parameters(mut self, path: &str, parameters: &[(&str, &str)]) -> Self {
        let operation = self.doc.paths.paths.get_mut(path).and_then(|item| item.get.as_mut());
        let described = parameters.iter().map(|(name, text)| {
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(*text))
                .schema(Some(string()))
                .build()
        });
        if let Some(operation) = operation {
            operation.parameters.get_or_insert_default().extend(described.map(RefOr::T));
        }
        self
    }

    /// Describes the body of a query that is asked by `POST`: what must not stand in an address.
    #[must_use]
    pub fn body<B: ToSchema>(mut self, path: &str) -> Self {
        let content = ContentBuilder::new().schema(Some(self.schema::<B>())).build();
        let body =
            RequestBodyBuilder::new().required(Some(Required::True)).content("application/json", content);
        if let Some(operation) = self.doc.paths.paths.get_mut(path).and_then(|item| item.post.as_mut()) {
            operation.request_body = Some(body.build().into());
        }
        self
    }

    pub(super) fn describe(&mut self, method: HttpMethod, path: &str, operation: OperationBuilder) {
        let problem = ContentBuilder::new().schema(Some(self.schema::<Problem>())).build();
        let operation = operation
            .response(
                "4XX",
                ResponseBuilder::new()
                    .description("Refusé : un problème dit quoi, où et que faire")
                    .content("application/problem+json", problem)
                    .build(),
            )
            .security(SecurityRequirement::new::<_, _, String>("jeton", []));
        let mut paths = std::mem::take(&mut self.doc.paths);
        match paths.paths.get_mut(path) {
            Some(item) => item.merge_operations(PathItem::new(method, operation)),
            None => {
                paths.paths.insert(path.to_owned(), PathItem::new(method, operation));
            }
        }
        self.doc.paths = paths;
    }

    /// A reference to the schema of that type, which joins the description.
    pub(super) fn schema<T: ToSchema>(&mut self) -> RefOr<Schema> {
        let mut schemas = vec![(T::name().into_owned(), <T as PartialSchema>::schema())];
        T::schemas(&mut schemas);
        self.add_schemas(schemas);
        let components = self.doc.components.get_or_insert_default();
        components.security_schemes.entry("jeton".into()).or_insert_with(|| {
            RefOr::T(SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()))
        });
        RefOr::Ref(utoipa::openapi::Ref::from_schema_name(T::name()))
    }

    /// Adds schemas to the description, and notes the names that others have already.
    pub(super) fn add_schemas(&mut self, schemas: impl IntoIterator<Item = (String, RefOr<Schema>)>) {
        let known = &mut self.doc.components.get_or_insert_default().schemas;
        for (name, schema) in schemas {
            match known.get(&name) {
                Some(other) if *other != schema => self.clashes.push(name),
                Some(_) => {}
                None => {
                    known.insert(name, schema);
                }
            }
        }
    }
}

/// What every route says of itself.
pub(super) fn operation(name: &'static str, summary: &'static str, path: &'static str) -> OperationBuilder {
    let context = name.split('.').next().unwrap_or(name);
    let parameters = path.split('/').filter_map(|token| token.strip_prefix('{')?.strip_suffix('}')).map(
        |name| -> Parameter {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Path)
                .required(Required::True)
                .schema(Some(string()))
                .build()
        },
    );
    OperationBuilder::new()
        .operation_id(Some(name))
        .summary(Some(summary))
        .tag(context)
        .parameters(Some(parameters.collect::<Vec<_>>()))
}

fn string() -> RefOr<Schema> {
    ObjectBuilder::new().schema_type(Type::String).into()
}

/// A header that a request may or must have.
pub(super) fn header(name: &str, required: Required, text: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(text))
        .schema(Some(string()))
        .build()
}
