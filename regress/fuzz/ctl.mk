fz_backup.SRCS = regress/fuzz/fz_backup.c $(patsubst %,telclauded/ctl/%.c,\
	tar manifest archive archaudit storecheck) \
	$(addprefix engines/audit/,chain.c walk.c seal.c line.c redact.c) \
	$(patsubst %,telclauded/lib/%.c,util buf log text secret)
fz_backup.PKGS = libsodium jansson sqlite3
$(eval $(call FUZZ,fz_backup))
