//! The OpenAPI document. `core-service/openapi.json` is what it was when it was last reviewed.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::header::ContentType};
use utoipa::{
    Modify, OpenApi as _,
    openapi::{
        Content, OpenApi, Ref, RefOr, ResponseBuilder,
        path::Operation,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{
    accounts, chat_settings, contacts, conversations, deletion, disappearing, invites, keeping,
    media, message, messages, pictures, previews, problem::Problem, profiles, search,
    second_factor, service, sessions, uploads, views::ChatEvent,
};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(title = "Rookery core", description = "What clients ask the core by HTTP."),
    paths(
        service::show_liveness,
        service::show_readiness,
        show_document,
        service::show_client_config,
        accounts::register,
        accounts::log_in,
        accounts::refresh,
        accounts::log_out,
        profiles::show_me,
        profiles::change_profile,
        deletion::delete_account,
        pictures::set_own_picture,
        pictures::remove_own_picture,
        profiles::show_user,
        pictures::load_picture,
        previews::make_preview,
        previews::load_preview_image,
        sessions::list_sessions,
        sessions::end_session,
        sessions::end_other_sessions,
        sessions::change_password,
        second_factor::show_second_factor,
        second_factor::offer_second_factor,
        second_factor::confirm_second_factor,
        second_factor::end_second_factor,
        accounts::search_users,
        contacts::list_blocks,
        contacts::block,
        contacts::unblock,
        contacts::show_settings,
        contacts::change_settings,
        conversations::list_conversations,
        conversations::list_heads,
        conversations::create_conversation,
        conversations::open_own_chat,
        conversations::show_conversation,
        profiles::change_info,
        pictures::set_group_picture,
        pictures::remove_group_picture,
        conversations::list_members,
        conversations::add_member,
        conversations::remove_member,
        conversations::set_role,
        conversations::accept,
        messages::list_messages,
        messages::list_mentions,
        messages::post_message,
        message::edit_message,
        message::delete_message,
        message::list_versions,
        message::react,
        message::take_reaction_back,
        message::list_reactions,
        message::show_message_info,
        message::pin_message,
        message::unpin_message,
        invites::create_invite,
        invites::list_invites,
        invites::revoke_invite,
        invites::show_invitation,
        invites::accept_invitation,
        keeping::keep_draft,
        chat_settings::change_chat_settings,
        chat_settings::clear_chat,
        disappearing::set_lifetime,
        keeping::star,
        keeping::unstar,
        keeping::list_starred,
        search::search_messages,
        uploads::begin,
        uploads::show,
        uploads::cancel,
        uploads::take_part,
        uploads::complete,
        media::make_links,
        media::list_media,
        media::load,
        messages::list_changes,
        messages::move_marks,
    ),
    components(schemas(Problem, ChatEvent)),
    modifiers(&Security, &Problems),
)]
struct Document;

static OPENAPI: LazyLock<OpenApi> = LazyLock::new(Document::openapi);

static DOCUMENT: LazyLock<String> = LazyLock::new(|| OPENAPI.to_pretty_json().unwrap_or_default());

/// The methods that the address of this pattern takes, as `Allow` lists them.
pub(super) fn methods_of(path: &str) -> Option<String> {
    let item = OPENAPI.paths.paths.get(path)?;
    let methods = [
        (item.get.is_some(), "GET, HEAD"),
        (item.post.is_some(), "POST"),
        (item.put.is_some(), "PUT"),
        (item.patch.is_some(), "PATCH"),
        (item.delete.is_some(), "DELETE"),
    ];
    let taken = methods.into_iter().filter(|(is_taken, _)| *is_taken);
    let taken: Vec<_> = taken.map(|(_, name)| name).collect();
    (!taken.is_empty()).then(|| taken.join(", "))
}

/// The document as JSON.
#[must_use]
pub fn document() -> &'static str {
    &DOCUMENT
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)),
)]
pub(super) async fn show_document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(document())
}

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT");
        let refresh = "The refresh token; `__Host-rookery_refresh` where the public URL is https.";
        let refresh = ApiKeyValue::with_description("rookery_refresh", refresh);
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
        components.add_security_scheme("refresh", SecurityScheme::ApiKey(ApiKey::Cookie(refresh)));
    }
}

/// Every error is a problem document (RFC 9457), also those that no operation lists.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut OpenApi) {
        for item in document.paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                describe_problems(operation);
            }
        }
    }
}

fn describe_problems(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let mut add = |status: &str, description: &str| {
        let response = ResponseBuilder::new().description(description).build();
        responses
            .entry(status.to_owned())
            .or_insert(RefOr::T(response));
    };
    add("default", "Something else is wrong; `code` says what");
    if operation
        .security
        .as_ref()
        .is_some_and(|security| !security.is_empty())
    {
        add("401", "`token_invalid`, `token_expired` or `token_revoked`");
    }
    for (status, response) in responses {
        let RefOr::T(response) = response else {
            continue;
        };
        if response.description.is_empty() {
            // The standard wants one; the schema says the rest.
            response.description = "What was asked for".into();
        }
        if !status.starts_with('2') {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            response
                .content
                .insert("application/problem+json".into(), RefOr::T(problem));
        }
    }
}
