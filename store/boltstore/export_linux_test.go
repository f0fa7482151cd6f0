package boltstore

// HolderIn looks for the holder of a file in a list of locks.
func HolderIn(locks string, inode uint64) string { return holderIn(locks, inode) }
