//! The signals that ask this program to end. While a [`Watch`] lives they are awaited, so that what is under way comes to
//! a good end; after it they end the program at once, as before it. (A handler that was put in once stays: giving up the
//! wait alone would leave a program that no Ctrl-C ends.)

#[cfg(unix)]
pub use unix::Watch;

#[cfg(not(unix))]
pub use other::Watch;

#[cfg(unix)]
mod unix {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::io;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, LazyLock};
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// Nobody watches: signals do what they do by default. Registered once, with the first watch.
    static IDLE: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
        let idle = Arc::new(AtomicBool::new(true));
        for number in [SIGHUP, SIGINT, SIGTERM] {
            // Without it the signal's handler is whatever it was.
            let _registered = signal_hook::flag::register_conditional_default(number, Arc::clone(&idle));
        }
        idle
    });

    /// The right and the duty to look at signals; one at a time.
    #[derive(Debug)]
    pub struct Watch {
        signals: Vec<(u8, Signal)>,
    }

    impl Watch {
        /// From here to its end signals do not end the program. Inside a runtime of tokio.
        pub fn begin() -> Self {
            LazyLock::force(&IDLE);
            let listen = |number: i32| -> io::Result<(u8, Signal)> {
                Ok((u8::try_from(number).unwrap_or(0), signal(SignalKind::from_raw(number))?))
            };
            // One that cannot be listened to goes on ending this program by itself.
            let signals = [SIGHUP, SIGINT, SIGTERM].into_iter().filter_map(|number| listen(number).ok()).collect();
            IDLE.store(false, Ordering::SeqCst);
            Self { signals }
        }

        /// Waits for a signal, and gives its number.
        pub async fn signal(&mut self) -> u8 {
            std::future::poll_fn(|context| {
                for (number, signal) in &mut self.signals {
                    if signal.poll_recv(context).is_ready() {
                        return std::task::Poll::Ready(*number);
                    }
                }
                std::task::Poll::Pending
            })
            .await
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            IDLE.store(true, Ordering::SeqCst);
        }
    }
}

#[cfg(not(unix))]
mod other {
    /// The right and the duty to look at signals.
    #[derive(Debug)]
    pub struct Watch(());

    impl Watch {
        /// From here on Ctrl-C does not end the program.
        pub fn begin() -> Self {
            Self(())
        }

        /// Waits for Ctrl-C.
        pub async fn signal(&mut self) -> u8 {
            match tokio::signal::ctrl_c().await {
                Ok(()) => 2,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
