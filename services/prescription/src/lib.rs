//! prescription
