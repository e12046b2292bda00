# Layer 5: the host's end of the agent protocol; trusts nothing that comes from the guest.
noinst_LIBRARIES += libvfg-guest.a
libvfg_guest_a_SOURCES = \
	src/guest/guest-map.c src/guest/guest-map.h \
	src/guest/health.c src/guest/health.h \
	src/guest/seed-iso.c src/guest/seed-iso.h \
	src/guest/session.c src/guest/session.h \
	src/guest/store.c src/guest/store.h src/guest/store-private.h \
	src/guest/store-sql.c
libvfg_guest_a_CPPFLAGS = $(GUEST_INCLUDES)
libvfg_guest_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS) $(LIBARCHIVE_CFLAGS)
