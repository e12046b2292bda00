# Layer 5: the host's end of the agent protocol; trusts nothing that comes from the guest.
noinst_LIBRARIES += libvfg-guest.a
libvfg_guest_a_SOURCES = \
	src/guest/session.c src/guest/session.h
libvfg_guest_a_CPPFLAGS = $(GUEST_INCLUDES)
libvfg_guest_a_CFLAGS = $(VFG_CFLAGS) $(GLIB_CFLAGS) $(JANSSON_CFLAGS)
