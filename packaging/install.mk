# Installation and packages. Included by the Makefile at the top.
#
#   make install [DESTDIR=] [PREFIX=/usr]
#   make deb                  into .build/deb/, and checks it
#   make units                checks the units, their exposure, and the manual pages
#   make system-test          the tests under a real systemd with the programs of the release;
#                             `make test` has them with the debug build
#   make package-test         the package of `make deb` in a machine that boots a systemd
#
# The last two are skipped, and say so, where the machine does not allow them.

PREFIX ?= /usr
SYSCONFDIR ?= /etc
# notify-reload is for 253 and newer; older ones take it for Type=simple.
SYSTEMD_VERSION ?= $(shell pkg-config --modversion libsystemd 2>/dev/null | grep -o '^[0-9]*')
RELEASE_FLAGS := -c release --static-swift-stdlib --disable-local-rpath -Xlinker -z -Xlinker now
RELEASE_BIN ?= .build/release

units := renewald.service renewald.socket renewald-admin.socket renewald-alert@.service \
  renewald-textfile.service renewald-textfile.timer \
  renewald-sweep.service renewald-sweep.timer renewald-alerts.timer
UNITDIR ?= $(PREFIX)/lib/systemd/system
unitdir := $(DESTDIR)$(UNITDIR)
docdir := $(DESTDIR)$(PREFIX)/share/doc/renewald
mandir := $(DESTDIR)$(PREFIX)/share/man
bashdir := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
zshdir := $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions
fishdir := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

.PHONY: release install uninstall deb units system-test package-test

release:
	swift build $(RELEASE_FLAGS) --product renewald
	swift build $(RELEASE_FLAGS) --product renewalctl

install: $(if $(SKIP_RELEASE),,release)
	install -D -m 755 -s $(RELEASE_BIN)/renewald $(DESTDIR)$(PREFIX)/sbin/renewald
	install -D -m 755 -s $(RELEASE_BIN)/renewalctl $(DESTDIR)$(PREFIX)/bin/renewalctl
	for unit in $(units); do \
	  install -D -m 644 systemd/$$unit $(unitdir)/$$unit && \
	  sed -i 's|/usr/sbin/renewald|$(PREFIX)/sbin/renewald|; s|/usr/bin/renewalctl|$(PREFIX)/bin/renewalctl|' \
	    $(unitdir)/$$unit || exit 1; \
	done
	install -D -m 644 systemd/renewald-alert-journal.conf \
	  $(unitdir)/renewald-alert@journal.service.d/journal.conf
	if [ "$(SYSTEMD_VERSION)" -ge 253 ]; then \
	  install -D -m 644 systemd/notify-reload.conf $(unitdir)/renewald.service.d/notify-reload.conf; \
	fi
	install -D -m 644 systemd/renewald.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/renewald.conf
	install -D -m 644 systemd/renewald.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/renewald.conf
	for catalog in systemd/*.catalog; do \
	  [ ! -e $$catalog ] || \
	  install -D -m 644 $$catalog $(DESTDIR)$(PREFIX)/lib/systemd/catalog/$${catalog##*/} || exit 1; \
	done
	for page in packaging/man/*.[1-8]; do \
	  install -D -m 644 $$page $(mandir)/man$${page##*.}/$${page##*/} || exit 1; \
	done
	install -d $(mandir)/man7
	awk -f packaging/events-page.awk systemd/renewald.catalog > $(mandir)/man7/renewald-events.7
	for shell in bash:$(bashdir)/renewalctl zsh:$(zshdir)/_renewalctl fish:$(fishdir)/renewalctl.fish; \
	do \
	  install -d $$(dirname $${shell#*:}) && \
	  $(RELEASE_BIN)/renewalctl --generate-completion-script $${shell%%:*} | \
	    sed '1{/^#!/d}' > $${shell#*:} || exit 1; \
	done
	for file in $(wildcard config/prometheus/* config/monitoring/*); do \
	  install -D -m 644 $$file $(docdir)/$${file#config/} || exit 1; \
	done
	install -d $(DESTDIR)$(SYSCONFDIR)/renewald/conf.d
	[ -e $(DESTDIR)$(SYSCONFDIR)/renewald/renewald.toml ] || \
	  install -m 644 config/renewald.toml $(DESTDIR)$(SYSCONFDIR)/renewald/renewald.toml

# Configuration and ledger stay: they are not ours to remove.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/renewald $(DESTDIR)$(PREFIX)/bin/renewalctl
	rm -f $(addprefix $(unitdir)/,$(units)) $(unitdir)/renewald.service.d/notify-reload.conf \
	  $(unitdir)/renewald-alert@journal.service.d/journal.conf
	-rmdir --ignore-fail-on-non-empty $(unitdir)/renewald.service.d \
	  $(unitdir)/renewald-alert@journal.service.d 2>/dev/null
	rm -f $(DESTDIR)$(PREFIX)/lib/sysusers.d/renewald.conf
	rm -f $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/renewald.conf
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/catalog/renewald*.catalog
	for page in packaging/man/*.[1-8]; do rm -f $(mandir)/man$${page##*.}/$${page##*/}; done
	rm -f $(mandir)/man7/renewald-events.7
	rm -rf $(docdir)/prometheus $(docdir)/monitoring
	rm -f $(bashdir)/renewalctl $(zshdir)/_renewalctl $(fishdir)/renewalctl.fish

deb:
	packaging/build-deb.sh
	packaging/check-deb.sh

units:
	packaging/check-units.sh
	@packaging/install-missing.sh mandoc
	packaging/check-pages.sh

system-test: release
	swift build $(RELEASE_FLAGS) --product sandbox-cloud
	Tests/SystemTests/run.sh || [ $$? = 77 ]

# The cloud is that of the debug build, which `make test` has left.
package-test:
	Tests/SystemTests/run.sh --binaries "$$(swift build --show-bin-path)" package || [ $$? = 77 ]
