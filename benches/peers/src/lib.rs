//! The sides that are compared, and what is measured of them.
pub mod allocations;
pub mod deliveries;
pub mod figures;
pub mod groups;
pub mod machine;
pub mod measure;
pub mod ours;
pub mod peers;
pub mod results;
