// What an archive may be. The default bundle has 5 members, 150 KiB packed, 1 MiB unpacked; a hundred policies stay below a
// quarter of each limit. Whoever reads an archive holds both forms in memory, so their sum is what a hostile one can take.

/** A ConfigMap or a Secret takes 1 MiB, a registry's blob more. */
export const MAX_ARCHIVE_BYTES = 8 * 1024 * 1024
/** A gzip bomb unpacks a thousandfold; inflating stops here. */
export const MAX_UNPACKED_BYTES = 16 * 1024 * 1024
/** `opa build` puts the sources in too. */
export const MAX_MEMBERS = 1_000
/** As far as a ustar header goes: a prefix of 155 bytes, `/`, a name of 100. */
export const MAX_NAME_BYTES = 256
/** Its positions and its schemas are held beside its text. */
export const MAX_COMPILED_BUNDLE_BYTES = 1024 * 1024
export const MAX_MANIFEST_BYTES = 1024 * 1024
/** It is copied into the module's memory for every instance. */
export const MAX_DATA_BYTES = 4 * 1024 * 1024
