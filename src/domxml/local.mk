# Layer 3: VM definitions and libvirt's domain XML; bytes in, bytes out.
noinst_LIBRARIES += libvfg-domxml.a
libvfg_domxml_a_SOURCES = \
	src/domxml/domain-xml.c src/domxml/domain-xml.h \
	src/domxml/merge.c src/domxml/merge.h \
	src/domxml/vmdef-read.c src/domxml/vmdef-read.h \
	src/domxml/xml.c src/domxml/xml.h
libvfg_domxml_a_CPPFLAGS = $(DOMXML_INCLUDES)
libvfg_domxml_a_CFLAGS = $(AM_CFLAGS) $(LIBXML_CFLAGS)
