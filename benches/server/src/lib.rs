//! Receivers under load, each a process of its own on the loopback address.
mod load;
mod receivers;

use std::{
    io::{self, BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::Duration,
};

pub use self::{
    load::{Delivery, Load},
    receivers::{Which, serve},
};

/// A receiver in a process of its own, ended with this.
pub struct Receiver {
    child: Child,
    address: SocketAddr,
}

impl Receiver {
    /// This program again, as a receiver. Its `main` must hand the arguments to [`serve_if_asked`].
    pub fn of_this_program(which: Which) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args([SERVE, which.name()]);
        Self::start(command)
    }

    /// A program that prints its address in a line of its own.
    pub fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?).lines();
        let address = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        let address = address.trim().parse().map_err(io::Error::other)?;
        Ok(Self { child, address })
    }

    /// How many requests it answers in a second, with success, in this time.
    pub fn rate(&self, load: Load, delivery: &Delivery, time: Duration) -> io::Result<f64> {
        load.run(self.address, delivery, time)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const SERVE: &str = "serve";

/// Becomes a receiver if the arguments say so.
pub fn serve_if_asked() -> io::Result<bool> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(SERVE) {
        return Ok(false);
    }
    let which = arguments.next().and_then(|name| Which::by_name(&name));
    serve(which.ok_or(io::ErrorKind::InvalidInput)?)?;
    Ok(true)
}

/// The hand-written receiver's requests a second over those of the one with the layer, both with `size` bytes: medians of
/// so many rounds, in turns.
pub fn hand_written_over_layer(size: usize, rounds: usize, round: Duration) -> io::Result<f64> {
    let rates = in_turns(
        &[Receiver::of_this_program(Which::HandWritten)?, Receiver::of_this_program(Which::Layer)?],
        || Delivery::github(size),
        rounds,
        round,
    )?;
    Ok(rates[0] / rates[1])
}

/// The median rate of each receiver.
pub fn in_turns(
    receivers: &[Receiver],
    delivery: impl Fn() -> Delivery,
    rounds: usize,
    round: Duration,
) -> io::Result<Vec<f64>> {
    let mut rates = vec![Vec::new(); receivers.len()];
    for receiver in receivers {
        // The first requests of a process are not like the others.
        receiver.rate(Load::default(), &delivery(), round / 4)?;
    }
    for _ in 0..rounds {
        for (receiver, rates) in receivers.iter().zip(&mut rates) {
            rates.push(receiver.rate(Load::default(), &delivery(), round)?);
        }
    }
    Ok(rates
        .into_iter()
        .map(|mut rates| {
            rates.sort_by(f64::total_cmp);
            rates[rates.len() / 2]
        })
        .collect())
}
