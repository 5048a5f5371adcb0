//! The chat's own words and rules. Knows of no framework, database or wire format.

pub mod account;
pub mod attachment;
pub mod attempt;
pub mod chat_settings;
pub mod contact;
pub mod conversation;
pub mod disappearing;
pub mod draft;
pub mod event;
pub mod ids;
pub mod invite;
pub mod link_preview;
pub mod message;
pub mod message_search;
pub mod permission;
pub mod profile;
pub mod reaction;
pub mod receipt;
pub mod search;
pub mod second_factor;
pub mod session;
pub mod shown;
pub mod time;
pub mod upload;
