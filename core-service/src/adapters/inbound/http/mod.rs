//! HTTP for clients.

mod accounts;
mod caller;
mod conversations;
mod document;
mod messages;
mod methods;
mod problem;
mod service;
mod trace;
mod views;

use std::sync::Arc;

use actix_web::{
    middleware::from_fn,
    web::{self, Data, JsonConfig, PathConfig, QueryConfig, ServiceConfig},
};

pub use self::{document::document, methods::head_like_get, service::PublicAddresses};
use crate::{
    application::{accounts::Accounts, chats::Chats},
    lifecycle::Lifecycle,
};

/// Largest request body.
const BODY_MAX_BYTES: usize = 256 * 1024;

/// What handlers call.
pub struct Services {
    /// People.
    pub accounts: Arc<Accounts>,
    /// Conversations.
    pub chats: Arc<Chats>,
    /// What clients are told.
    pub addresses: PublicAddresses,
}

/// The routes.
pub fn routes(
    services: Data<Services>,
    lifecycle: Data<Lifecycle>,
) -> impl FnOnce(&mut ServiceConfig) {
    move |app| {
        app.app_data(services)
            .app_data(lifecycle)
            .app_data(
                JsonConfig::default()
                    .limit(BODY_MAX_BYTES)
                    .error_handler(problem::json),
            )
            .app_data(PathConfig::default().error_handler(problem::path))
            .app_data(QueryConfig::default().error_handler(problem::query))
            .route("/health/live", web::get().to(service::show_liveness))
            .route("/health/ready", web::get().to(service::show_readiness))
            .route("/api/openapi.json", web::get().to(document::show_document))
            .service(
                web::scope("/api/v1")
                    .wrap(from_fn(service::wait_until_started))
                    .wrap(from_fn(trace::in_a_span))
                    .route("/client-config", web::get().to(service::show_client_config))
                    .route("/auth/register", web::post().to(accounts::register))
                    .route("/auth/login", web::post().to(accounts::log_in))
                    .route("/auth/refresh", web::post().to(accounts::refresh))
                    .route("/auth/logout", web::post().to(accounts::log_out))
                    .route("/users/me", web::get().to(accounts::show_me))
                    .route("/users", web::get().to(accounts::search_users))
                    .route(
                        "/conversations",
                        web::get().to(conversations::list_conversations),
                    )
                    .route(
                        "/conversations",
                        web::post().to(conversations::create_conversation),
                    )
                    .route(
                        "/conversations/{id}",
                        web::get().to(conversations::show_conversation),
                    )
                    .route(
                        "/conversations/{id}/members",
                        web::post().to(conversations::add_member),
                    )
                    .route(
                        "/conversations/{id}/members/{user}",
                        web::delete().to(conversations::remove_member),
                    )
                    .route(
                        "/conversations/{id}/messages",
                        web::get().to(messages::list_messages),
                    )
                    .route(
                        "/conversations/{id}/messages",
                        web::post().to(messages::post_message),
                    )
                    .route(
                        "/conversations/{id}/changes",
                        web::get().to(messages::list_changes),
                    )
                    .route(
                        "/conversations/{id}/receipts",
                        web::post().to(messages::move_marks),
                    ),
            )
            .default_service(web::to(methods::refuse));
    }
}
