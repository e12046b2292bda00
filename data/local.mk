# Knowledge, installed below pkgdatadir; loaded at run time.
findingsdir = $(pkgdatadir)/findings.d
dist_findings_DATA = data/findings.d/gpu.ini data/findings.d/host.ini data/findings.d/vm.ini

vmdefsdir = $(pkgdatadir)/vmdefs
dist_vmdefs_DATA = vmdefs/d2l.xml vmdefs/vmdef.rng

dist_pkgdata_DATA = data/protocol.schema.json
