# The configuration: grammar, environment, translation of telclaude.json.
conf.PARTS = conf conffree confset confblock confval confstr confcheck \
	confmem confread conffile conflex confput confprint confprint2 \
	domains confenv confsecret conffd confload confchild confcache json5 confjson confjson2 confjson3
tcconf.SRCS = $(patsubst %,telclauded/%.c,$(conf.PARTS)) \
	$(OBJ)/telclauded/parse.c
$(eval $(call LIB,tcconf))

$(OBJ)/telclauded/parse.c: telclauded/parse.y
	@mkdir -p $(@D)
	$(BISON) -Werror -d -o $@ $<
$(OBJ)/telclauded/parse.h: $(OBJ)/telclauded/parse.c
$(OBJ)/telclauded/conflex.o $(OBJ)/telclauded/confread.o: \
    $(OBJ)/telclauded/parse.h

# The ENVIRONMENT section of telclauded(8), from the table the code reads.
envdoc.SRCS = telclauded/envdoc.c
$(eval $(call HOSTPROG,envdoc))

# And the built-in names of telclauded.conf(5).
domaindoc.SRCS = telclauded/domaindoc.c telclauded/domains.c
$(eval $(call HOSTPROG,domaindoc))
