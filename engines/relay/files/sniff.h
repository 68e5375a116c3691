/*
 * Copyright (c) 2026 the telclauded authors
 * SPDX-License-Identifier: ISC
 *
 * What a file is by its bytes.  Names and types that people or servers claim
 * have no say here.  Pure.
 */
#ifndef FILES_SNIFF_H
#define FILES_SNIFF_H

#include <stddef.h>
#include <stdint.h>

/* type, in words, extension, MIME, class */
#define FTYPES(T)							\
	T(BIN, "data", "", "application/octet-stream", OTHER)		\
	T(EMPTY, "empty", "", "application/octet-stream", OTHER)	\
	T(TEXT, "text", ".txt", "text/plain", TEXT)			\
	T(JPEG, "JPEG image", ".jpg", "image/jpeg", IMAGE)		\
	T(PNG, "PNG image", ".png", "image/png", IMAGE)			\
	T(GIF, "GIF image", ".gif", "image/gif", IMAGE)			\
	T(WEBP, "WebP image", ".webp", "image/webp", IMAGE)		\
	T(HEIC, "HEIC image", ".heic", "image/heic", OTHER)		\
	T(TIFF, "TIFF image", ".tif", "image/tiff", OTHER)		\
	T(PDF, "PDF", ".pdf", "application/pdf", PDF)			\
	T(OPUS, "Opus sound", ".ogg", "audio/ogg", SOUND)		\
	T(OGG, "Ogg sound", ".ogg", "audio/ogg", SOUND)			\
	T(MP3, "MP3 sound", ".mp3", "audio/mpeg", SOUND)		\
	T(M4A, "M4A sound", ".m4a", "audio/mp4", SOUND)			\
	T(AAC, "AAC sound", ".aac", "audio/aac", SOUND)			\
	T(WAV, "WAV sound", ".wav", "audio/wav", SOUND)			\
	T(FLAC, "FLAC sound", ".flac", "audio/flac", SOUND)		\
	T(MP4, "MP4 video", ".mp4", "video/mp4", VIDEO)			\
	T(MOV, "QuickTime video", ".mov", "video/quicktime", VIDEO)	\
	T(WEBM, "WebM video", ".webm", "video/webm", VIDEO)		\
	T(MKV, "Matroska video", ".mkv", "video/x-matroska", VIDEO)	\
	T(AVI, "AVI video", ".avi", "video/x-msvideo", VIDEO)		\
	T(DOCX, "Word document", ".docx", "application/vnd."		\
	    "openxmlformats-officedocument.wordprocessingml.document",	\
	    OTHER)							\
	T(XLSX, "Excel workbook", ".xlsx", "application/vnd."		\
	    "openxmlformats-officedocument.spreadsheetml.sheet", OTHER)	\
	T(PPTX, "PowerPoint slides", ".pptx", "application/vnd."	\
	    "openxmlformats-officedocument.presentationml.presentation", \
	    OTHER)							\
	T(ODT, "OpenDocument text", ".odt",				\
	    "application/vnd.oasis.opendocument.text", OTHER)		\
	T(ODS, "OpenDocument sheet", ".ods",				\
	    "application/vnd.oasis.opendocument.spreadsheet", OTHER)	\
	T(ODP, "OpenDocument slides", ".odp",				\
	    "application/vnd.oasis.opendocument.presentation", OTHER)	\
	T(ZIP, "ZIP archive", ".zip", "application/zip", OTHER)		\
	T(GZIP, "gzip archive", ".gz", "application/gzip", OTHER)	\
	T(XZ, "xz archive", ".xz", "application/x-xz", OTHER)		\
	T(ZSTD, "zstd archive", ".zst", "application/zstd", OTHER)	\
	T(SQLITE, "SQLite database", ".db",				\
	    "application/vnd.sqlite3", OTHER)

enum ftype {
#define T(id, words, ext, mime, cls)	FT_##id,
	FTYPES(T)
#undef T
	FT_MAX
};
enum fclass { FC_OTHER, FC_TEXT, FC_IMAGE, FC_PDF, FC_SOUND, FC_VIDEO };

struct ftype_row {
	const char	*name;		/* "PNG": for storage */
	const char	*words, *ext, *mime;
	enum fclass	 cls;
};
const struct ftype_row	*ftype_row(enum ftype);
enum ftype		 ftype_byname(const char *);	/* or FT_BIN */

#define SNIFF_HEAD	4096

/* Fed with all of a file, in order. */
struct sniff {
	uint8_t		 head[SNIFF_HEAD];
	size_t		 n;		/* of head */
	uint64_t	 all;
	int		 nottext;	/* a NUL, or not UTF-8 */
	uint8_t		 tail[4];	/* of a sequence that is not whole */
	size_t		 ntail;
};
void		 sniff_init(struct sniff *);
void		 sniff_feed(struct sniff *, const void *, size_t);
enum ftype	 sniff_type(const struct sniff *);

#endif
