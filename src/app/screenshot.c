/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The picture of a VM's screen, as PNG. */

#include "error.h"
#include "status.h"

#include <png.h>
#include <string.h>

#define SIDE_MAX 16384

/* A number of a PPM header, with the blanks before it. */
static gboolean
take_number(const char **at, const char *end, guint *ret)
{
    guint value = 0;
    while (*at < end && g_ascii_isspace(**at))
        (*at)++;
    const char *start = *at;
    while (*at < end && g_ascii_isdigit(**at) && value <= SIDE_MAX)
        value = value * 10 + (guint)(*(*at)++ - '0');
    *ret = value;
    return *at > start && value > 0 && value <= SIDE_MAX;
}

/* "P6 width height 255" and one blank, then the pixels (netpbm's ppm(5)), as QEMU before 7.1 writes
 * it. */
static const char *
read_ppm_header(const char *bytes, gsize len, guint *width, guint *height)
{
    const char *at = bytes + 2, *end = bytes + len;
    guint depth = 0;
    if (len < 2 || memcmp(bytes, "P6", 2) != 0 || !take_number(&at, end, width) ||
        !take_number(&at, end, height) || !take_number(&at, end, &depth) || depth != 255 ||
        end - at < 1)
        return NULL;
    at++;
    return (gsize)(end - at) >= (gsize)*width * *height * 3 ? at : NULL;
}

static GBytes *
ppm_to_png(GBytes *picture, GError **error)
{
    gsize len = 0;
    guint width = 0, height = 0;
    const char *bytes = g_bytes_get_data(picture, &len);
    const char *pixels = read_ppm_header(bytes, len, &width, &height);
    png_image image = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    png_alloc_size_t size = 0;
    if (pixels && png_image_write_get_memory_size(image, size, 0, pixels, 0, NULL)) {
        g_autofree guint8 *png = g_malloc(size);
        if (png_image_write_to_memory(&image, png, &size, 0, pixels, 0, NULL))
            return g_bytes_new(png, size);
    }
    vfg_error_set(error, VFG_ERROR_FAILED, NULL, "the emulator's picture can't be read");
    return NULL;
}

gboolean
vfg_app_screenshot(VfgApp *app, const char *name, const char *file, GError **error)
{
    VfgVirt *virt = vfg_app_virt(app, error);
    g_autofree char *mime = NULL;
    g_autoptr(GBytes) picture = virt ? vfg_virt_screenshot(virt, name, &mime, error) : NULL;
    g_autoptr(GBytes) png = NULL;
    if (!picture)
        return FALSE;
    png = g_str_equal(mime, "image/png") ? g_bytes_ref(picture) : ppm_to_png(picture, error);
    if (!png)
        return FALSE;
    gsize len = 0;
    const char *bytes = g_bytes_get_data(png, &len);
    return g_file_set_contents(file, bytes, (gssize)len, error);
}
