//! employment
