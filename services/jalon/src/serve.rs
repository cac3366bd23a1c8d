//! `jalon serve`: all units in one process, or some.

use std::{pin::pin, process::ExitCode, sync::Arc, time::Duration};

use contracts::Recorded;
use futures::StreamExt as _;
use messaging::{Bus, Reader, Relay};
use projections::{Runner, SourceError};
use service::{Config, Runtime, Service, agenda, listener, server};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{Error, Outcome, cli::ServeOptions, demo, key, pooler, rights, runtime, said, services, watched};

/// How long requests in flight have to end.
const GRACE: Duration = Duration::from_secs(10);

/// What moves within so long is told together.
const BREATH: Duration = Duration::from_millis(2);

/// Serves until SIGTERM or Ctrl-C, or until its input closes when asked to.
pub async fn run(options: ServeOptions) -> Outcome {
    let units = services::select(&options.services)?;
    let opens = units.iter().any(|unit| rights::opens_keys(unit));
    let config = if opens { Config::from_env()? } else { Config::from_env_without_keys()? };
    let name = if let [unit] = units[..] { format!("jalon-{unit}") } else { "jalon".into() };
    let telemetry = telemetry::start(&settings(&config, name, config.log.clone())?)?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        signal().await;
        stop.cancel();
    });
    if options.until_input_closes {
        let stop = cancel.clone();
        // A thread of its own: a read that waits for ever must not hold the end of the process.
        std::thread::spawn(move || {
            drop(std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
            stop.cancel();
        });
    }
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        format!("l’adresse {} ne peut pas être ouverte : {}", config.listen, said::io(&error))
    })?;
    let served = if options.processes {
        demo::serve_each(&config, &units, listener, cancel).await
    } else {
        serve(Arc::new(runtime::build(config)?), &units, listener, cancel).await
    };
    telemetry.shutdown().await;
    served.map(|()| ExitCode::SUCCESS)
}

/// Waits for Postgres, however long it takes. Does not serve as a role that sees over the second wall, nor through a
/// pooler that takes it down.
async fn stand_below(runtime: &Runtime) -> Result<(), Error> {
    loop {
        runtime::wait_for_postgres(&runtime.journal).await;
        let looked_at = async {
            pooler::check(&runtime.config).await?;
            rights::check(runtime).await
        };
        match looked_at.await {
            // It went away again.
            Err(error) if runtime::may_pass(&*error) => {}
            looked_at => return looked_at,
        }
    }
}

/// What logs and traces go by, in a process of that name.
pub fn settings(config: &Config, name: String, filter: String) -> Result<telemetry::Settings, Error> {
    let traces = &config.traces;
    let pairs =
        |variable, text: &Option<String>| telemetry::pairs(variable, text.as_deref().unwrap_or_default());
    Ok(telemetry::Settings {
        filter,
        otlp_endpoint: traces.endpoint.clone(),
        otlp_traces_endpoint: traces.traces_endpoint.clone(),
        otlp_certificate: traces.certificate.as_ref().map(Into::into),
        otlp_headers: pairs("OTEL_EXPORTER_OTLP_HEADERS", &traces.headers)?,
        resource_attributes: pairs("OTEL_RESOURCE_ATTRIBUTES", &traces.attributes)?,
        ..telemetry::Settings::new(traces.service.clone().unwrap_or(name))
    })
}

/// Waits for the signal to stop.
pub async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else { return };
    let Ok(mut interrupt) = signal(SignalKind::interrupt()) else { return };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Reads the policies again each time it is asked to, by SIGHUP. Those in force stay when the new ones are
/// wrong.
async fn reload_policies(runtime: Arc<Runtime>, cancel: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut hangup) = signal(SignalKind::hangup()) else { return };
    while cancel.run_until_cancelled(hangup.recv()).await.flatten().is_some() {
        match runtime.policies.reload() {
            Ok(changed) => {
                tracing::info!(changed, digest = &*runtime.policies.digest(), "policies read again");
            }
            Err(error) => tracing::error!(%error, "the new policies are wrong; the former stay in force"),
        }
    }
}

/// Runs these units until cancelled: first HTTP ends, then the workers. Whoever asks is answered from the first instant;
/// until the database may be served from, nothing else is, and nobody works.
///
/// # Errors
/// When it must not be served as that role, or through that pooler.
pub async fn serve(
    runtime: Arc<Runtime>,
    units: &[&'static str],
    listener: TcpListener,
    cancel: CancellationToken,
) -> Result<(), Error> {
    let all = services::all();
    let own: Vec<Service> = all.iter().filter(|service| units.contains(&service.name)).cloned().collect();
    let ((bus_sender, bus), (opening, open)) = (watch::channel(None), watch::channel(false));
    let workers = cancel.child_token();
    let mut tasks = JoinSet::new();
    tasks.spawn(reload_policies(runtime.clone(), workers.clone()));
    tasks.spawn(watched::answer(runtime.clone(), units.to_vec(), workers.clone()));
    let about = server::About { bus: bus.clone(), open };
    let router = followup::dress(server::router(&runtime, &own, &all, about));
    let address = listener.local_addr().map_or_else(|_| String::new(), |address| address.to_string());
    tracing::info!(address, units = units.join(" "), "listening");
    let (stopping, shutdown) = (cancel.clone(), runtime.shutdown.clone());
    let limits = runtime.config.limits.clone();
    let mut serving = pin!(listener::serve(listener, router, &limits, async move {
        stopping.cancelled().await;
        shutdown.cancel();
    }));
    tokio::select! {
        // Asked to stop while Postgres does not answer, it stops.
        () = &mut serving => {}
        may = stand_below(&runtime) => {
            may?;
            start(&mut tasks, &runtime, (&all, &own, units), (bus_sender, bus), &workers);
            opening.send_replace(true);
            tracing::info!(address, "serving");
            tokio::select! {
                () = &mut serving => {}
                () = async { cancel.cancelled().await; tokio::time::sleep(GRACE).await } => {}
            }
        }
    }
    workers.cancel();
    let _ = tokio::time::timeout(GRACE, async { while tasks.join_next().await.is_some() {} }).await;
    Ok(())
}

/// Starts everything that works beside HTTP.
fn start(
    tasks: &mut JoinSet<()>,
    runtime: &Arc<Runtime>,
    (all, own, units): (&[Service], &[Service], &[&'static str]),
    (bus_sender, bus): (watch::Sender<Option<Bus>>, watch::Receiver<Option<Bus>>),
    workers: &CancellationToken,
) {
    tasks.spawn(key::watch(runtime.clone(), workers.clone()));
    tasks.spawn(connect(runtime.clone(), bus_sender, units.contains(&services::RELAY), workers.clone()));
    tasks.spawn(follow(runtime, own, &bus, workers));
    for work in own.iter().flat_map(|service| &service.workers) {
        tasks.spawn(work(runtime.clone(), workers.clone()));
    }
    if units.contains(&services::CLOCK) {
        let agendas = all.iter().flat_map(|service| service.agendas.clone()).collect();
        tasks.spawn(agenda::clock::work(agendas, runtime.clone(), workers.clone()));
    }
    let (ours, theirs): (Vec<_>, Vec<_>) = all
        .iter()
        .flat_map(|service| service.all_projections().into_iter().map(|view| (service.name, view.name())))
        .partition(|(service, _)| units.contains(service));
    let name = |(_, name): (&str, &'static str)| name;
    tasks.spawn(tell(runtime.clone(), ours.into_iter().map(name).collect(), bus.clone(), workers.clone()));
    tasks.spawn(hear(runtime.clone(), theirs.into_iter().map(name).collect(), bus, workers.clone()));
}

/// Keeps the read models of those services up to date.
fn follow(
    runtime: &Arc<Runtime>,
    services: &[Service],
    bus: &watch::Receiver<Option<Bus>>,
    cancel: &CancellationToken,
) -> impl Future<Output = ()> + use<> {
    let positions = runtime.positions.clone();
    let source = Source {
        journal: runtime.journal.clone(),
        reader: Reader::new(runtime.journal.clone(), None),
        bus: bus.clone(),
    };
    let runner = Runner::new(
        runtime.machinery.clone(),
        runtime.journal.clone(),
        source,
        services.iter().flat_map(Service::all_projections).collect(),
        runtime.metrics.clone(),
        move |name, position| positions.set(name, position),
    );
    runner.run(cancel.clone())
}

/// Tells other processes how far the read models of this one are; what moves together is told together.
async fn tell(
    runtime: Arc<Runtime>,
    names: Vec<&'static str>,
    bus: watch::Receiver<Option<Bus>>,
    cancel: CancellationToken,
) {
    let mut views: Vec<_> = names.into_iter().map(|name| (name, runtime.positions.watch(name))).collect();
    if views.is_empty() {
        return;
    }
    let telling = async {
        loop {
            let moved = views.iter_mut().map(|(_, position)| Box::pin(position.changed()));
            drop(futures::future::select_all(moved).await);
            tokio::time::sleep(BREATH).await;
            let told = |(name, position): &mut (&'static str, watch::Receiver<i64>)| {
                let position = position.has_changed().ok()?.then(|| *position.borrow_and_update())?;
                Some((*name, position))
            };
            let told: Vec<_> = views.iter_mut().filter_map(told).collect();
            let connected = bus.borrow().clone();
            if let Some(bus) = connected
                && let Err(error) = bus.publish_wake_views(&told).await
            {
                tracing::debug!(%error, "the others will see by themselves how far the read models are");
            }
        }
    };
    let _: Option<()> = cancel.run_until_cancelled(telling).await;
}

/// Hears how far the read models of other processes are.
async fn hear(
    runtime: Arc<Runtime>,
    names: Vec<&'static str>,
    mut bus: watch::Receiver<Option<Bus>>,
    cancel: CancellationToken,
) {
    if names.is_empty() {
        return;
    }
    let listening = async {
        loop {
            let connected = bus.wait_for(Option::is_some).await.ok()?.clone()?;
            if let Ok(mut positions) = connected.subscribe_wakes_views().await {
                while let Some((name, position)) = positions.next().await {
                    if names.contains(&name.as_str()) {
                        runtime.positions.set(&name, position);
                    }
                }
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let _: Option<Option<()>> = cancel.run_until_cancelled(listening).await;
}

/// Hears how far all read models are, for whoever keeps none.
pub async fn listen(runtime: Arc<Runtime>, cancel: CancellationToken) {
    let (sender, bus) = watch::channel(None);
    let views = services::all().iter().flat_map(Service::all_projections).map(|view| view.name()).collect();
    tokio::join!(connect(runtime.clone(), sender, false, cancel.clone()), hear(runtime, views, bus, cancel));
}

/// Facts for read models: from the bus as soon as there is one, from the journal until then.
struct Source {
    journal: journal::Journal,
    reader: Reader,
    bus: watch::Receiver<Option<Bus>>,
}

impl projections::Source for Source {
    async fn next(&mut self, after: i64, max: usize) -> Result<Vec<Recorded>, SourceError> {
        loop {
            if self.bus.has_changed().unwrap_or(false) {
                let bus = self.bus.borrow_and_update().clone();
                self.reader = Reader::new(self.journal.clone(), bus);
            }
            tokio::select! {
                facts = self.reader.next(after, max) => {
                    return facts.map_err(|error| SourceError(error.to_string()));
                }
                Ok(()) = self.bus.changed() => self.bus.mark_changed(),
            }
        }
    }
}

/// Connects to NATS, however long it takes, then relays and bridges wake-ups.
async fn connect(
    runtime: Arc<Runtime>,
    connected: watch::Sender<Option<Bus>>,
    relay: bool,
    cancel: CancellationToken,
) {
    let url = runtime.config.nats_url.clone();
    let waiting =
        |error: &messaging::BusError| tracing::warn!(error = %error, "NATS ne répond pas ; nouvel essai");
    let bus = tokio::select! {
        () = cancel.cancelled() => return,
        bus = Bus::connect_patiently(&url, waiting) => bus,
    };
    let bus = match bus {
        Ok(bus) => bus,
        Err(error) => {
            tracing::error!(error = %error, "NATS ne convient pas : les faits restent dans le journal");
            return;
        }
    };
    connected.send_replace(Some(bus.clone()));
    let poke = messaging::poke(runtime.journal.clone(), bus.clone(), cancel.clone());
    if !relay {
        return poke.await;
    }
    let relaying = async {
        loop {
            let relay = Relay::new(runtime.journal.clone(), bus.clone(), runtime.metrics.clone());
            match relay.run(cancel.clone()).await {
                Ok(()) => return,
                Err(error) => tracing::error!(error = %error, "le relais s’est arrêté"),
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(30)) => {}
            }
        }
    };
    tokio::join!(poke, relaying);
}
