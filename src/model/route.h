/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The interfaces of the default routes, from the kernel's text. */

#pragma once

#include <glib.h>

/* The interfaces of the default routes in /proc/net/route (the kernel's fib_route_seq_show(): main
 * table only) or, the second, /proc/net/ipv6_route (rt6_info_route()): destination and mask zero,
 * up, no reject route, not "lo". Each name once, in the file's order; lines that are no route are
 * left out. The array owns the names. */
GPtrArray *vfg_routes_parse_ipv4(const char *text) G_GNUC_WARN_UNUSED_RESULT;
GPtrArray *vfg_routes_parse_ipv6(const char *text) G_GNUC_WARN_UNUSED_RESULT;
