// Package backup owns the form of a backup: one file that holds the table, the
// objects and, where it was asked for, the key of a data folder. It writes such a
// file, says whether one is whole, and makes a data folder of one. It never opens
// the table itself, and never unseals anything.
//
// The file is a tar without compression, so that what it unpacks to is no larger
// than itself and any tar can look into it. Its entries, in this order:
//
//	apiq-backup.json   the form's number, who wrote it and when, whose key it needs
//	blobs/<name>       objects that were there before the table was copied
//	apiq.db            the table, as of one moment
//	blobs/<name>       objects that have come meanwhile
//	master.key         only where it was asked for
//	manifest.json      each entry before with its size and SHA-256
//	SHA256             the SHA-256 of every byte before this entry
//
// Objects are written before the records that name them and deleted after those:
// so whatever the table of that moment names was there either before it was copied
// or after it, and is in the file. Only what came and was deleted while the
// backup ran can be missing.
package backup
