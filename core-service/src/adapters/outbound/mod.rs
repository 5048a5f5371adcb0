//! What the use cases drive: the ports' adapters.

pub mod argon2;
pub mod blobs;
pub mod db;
pub mod hub;
pub mod jwt;
pub mod links;
pub mod pages;
pub mod pictures;
pub mod sealing;
pub mod system;
pub mod web;
