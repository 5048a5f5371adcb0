//! How memory is taken from the system.

/// Takes memory in small pages from now on. The allocator asks for huge ones (2 MiB), of which every
/// thread and size class would hold some that it uses a corner of: more than all else together.
pub fn take_small_pages() {
    // A kernel without huge pages has nothing to turn off.
    let _ = nix::sys::prctl::set_thp_disable(true);
}
