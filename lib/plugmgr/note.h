/* SPDX-License-Identifier: MIT */
/* note.h: names and numbers of the PlugMgr note, for tools that read or write it.
 *
 * A note is an ELF note (gABI, "Note Section"): namesz, descsz, type, name, description. Its description is a run of
 * NUL-terminated `key=value` strings; docs/note-format.md lists the keys of each type. */
#ifndef PLUGMGR_NOTE_H
#define PLUGMGR_NOTE_H 1

#define PLUGMGR_NOTE_SECTION ".note.plugmgr"
#define PLUGMGR_NOTE_OWNER "PlugMgr" /* with its NUL eight bytes: namesz is 8 */

/* Types are large random numbers: readelf calls small ones by the names of other owners' notes. */
#define PLUGMGR_NOTE_MODULE 0x66810058u   /* what the object is: role, name, version */
#define PLUGMGR_NOTE_PROVIDES 0x5edaedb1u /* an interface that it provides */
#define PLUGMGR_NOTE_REQUIRES 0x691e84abu /* an interface that it needs or, in a host, accepts */
#define PLUGMGR_NOTE_PIN 0x72241691u      /* an object that it was linked with, by build-ID */
#define PLUGMGR_NOTE_ABI 0x71f61240u      /* the canonical text of an interface */
#define PLUGMGR_NOTE_STATE 0xbf2e6fd2u    /* the state that it hands over to the next build of itself */

#endif
