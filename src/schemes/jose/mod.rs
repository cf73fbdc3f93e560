//! What JSON Web Tokens and JSON Web Signatures have in common: the compact form, its header, and where a request
//! carries it.
mod algorithm;
mod compact;
mod header;
mod members;
mod token_in;

pub use self::{algorithm::JwsAlgorithm, token_in::TokenIn};
pub(super) use self::{
    compact::Compact,
    header::{Header, KeyName},
    members::{Members, Want},
    token_in::write_header,
};
