//! The private servers, for real: started, killed, started again, stopped.

#[cfg(test)]
mod left_behind;
#[cfg(test)]
mod nats;
#[cfg(test)]
mod postgres;
#[cfg(test)]
mod support;
