//! The signals that ask this program to end, awaited while calls are under way.

/// Waits for a signal that asks this program to end, and gives its number.
#[cfg(unix)]
pub(super) async fn interruption() -> u8 {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn arrives(listener: std::io::Result<Signal>, number: u8) -> u8 {
        if let Ok(mut listener) = listener
            && listener.recv().await.is_some()
        {
            return number;
        }
        // Without a listener the signal ends this program by itself.
        std::future::pending().await
    }
    tokio::select! {
        number = arrives(signal(SignalKind::hangup()), 1) => number,
        number = arrives(signal(SignalKind::interrupt()), 2) => number,
        number = arrives(signal(SignalKind::terminate()), 15) => number,
    }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
pub(super) async fn interruption() -> u8 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}
