//! What clients have sent and the hub has not carried out, in bytes over all connections.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// What each connection may have without being counted: an honest client's frames are smaller, so
/// they get through while others use everything up.
const FREE_BYTES: usize = 16 * 1024;

/// The hub's bound.
#[derive(Debug)]
pub struct InboundBudget {
    used_bytes: AtomicUsize,
    max_bytes: usize,
}

/// What one connection or request has of it; dropping it gives everything back.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<InboundBudget>,
    bytes: usize,
}

impl InboundBudget {
    /// Nothing is used yet.
    #[must_use]
    pub fn new(max_bytes: usize) -> Arc<Self> {
        Arc::new(Self {
            used_bytes: AtomicUsize::new(0),
            max_bytes,
        })
    }

    /// Bytes in use beyond what is free.
    #[must_use]
    pub fn used_bytes(&self) -> usize {
        self.used_bytes.load(Ordering::Relaxed)
    }

    /// An account that has nothing yet.
    #[must_use]
    pub fn open(self: &Arc<Self>) -> Charge {
        Charge {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

impl Charge {
    /// Notes that `bytes` are held now, in place of what was noted before. False when there is no
    /// room for them.
    #[must_use]
    pub fn set(&mut self, bytes: usize) -> bool {
        let bytes = bytes.saturating_sub(FREE_BYTES);
        if bytes <= self.bytes {
            let less = self.bytes - bytes;
            if less > 0 {
                self.budget.used_bytes.fetch_sub(less, Ordering::Relaxed);
                self.bytes = bytes;
            }
            return true;
        }
        let more = bytes - self.bytes;
        let fits = |used: usize| {
            let used = used.saturating_add(more);
            (used <= self.budget.max_bytes).then_some(used)
        };
        let used = &self.budget.used_bytes;
        let taken = used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits);
        if taken.is_ok() {
            self.bytes = bytes;
        }
        taken.is_ok()
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        let used = &self.budget.used_bytes;
        used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_frames_share_a_bound_and_small_ones_always_fit() {
        let budget = InboundBudget::new(100);
        let (mut one, mut other, mut small) = (budget.open(), budget.open(), budget.open());
        assert!(one.set(FREE_BYTES + 60));
        assert!(!other.set(FREE_BYTES + 41));
        assert!(other.set(FREE_BYTES + 40));
        assert!(small.set(FREE_BYTES));
        assert_eq!(budget.used_bytes(), 100);
        assert!(one.set(10));
        assert!(other.set(FREE_BYTES + 100));
        drop((one, other));
        assert_eq!(budget.used_bytes(), 0);
    }
}
