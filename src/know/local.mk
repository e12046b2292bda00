# Layer 2: catalogues; bytes become immutable tables. Decides nothing.
noinst_LIBRARIES += libvfg-know.a
libvfg_know_a_SOURCES = \
	src/know/catalogue.c src/know/catalogue.h \
	src/know/error-catalogue.c src/know/error-catalogue.h \
	src/know/error-entry.c src/know/error-entry.h \
	src/know/gpu-generation.c src/know/gpu-generation.h \
	src/know/ini-group.c src/know/ini-group.h \
	src/know/ini.c src/know/ini.h \
	src/know/quarantine.c src/know/quarantine.h \
	src/know/placeholders.c src/know/placeholders.h \
	src/know/recipe.c src/know/recipe.h
libvfg_know_a_CPPFLAGS = $(KNOW_INCLUDES)
