#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later

# What udhcpc calls with what it was offered.

[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ifconfig "$interface" "$ip" netmask "$subnet"
[ -z "$router" ] || route add default gw "${router%% *}"
for server in $dns; do echo "nameserver $server"; done >/etc/resolv.conf
