/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads `list --json` and prints a line a GPU, in the columns of expected.tsv: address, ids, group,
 * functions, peers, isolated, viable, boot display. */

#include <jansson.h>
#include <stdio.h>

static void
print_words(const json_t *array)
{
    size_t i;
    const json_t *word;
    json_array_foreach(array, i, word) printf("%s%s", i ? "," : "", json_string_value(word));
    printf("%s\t", json_array_size(array) ? "" : "-");
}

static const char *
yes_or_no(const json_t *gpu, const char *name)
{
    return json_is_true(json_object_get(gpu, name)) ? "yes" : "no";
}

static void
print_gpu(const json_t *gpu)
{
    const json_t *group = json_object_get(gpu, "iommu_group");
    printf("%s\t%s:%s\t", json_string_value(json_object_get(gpu, "address")),
           json_string_value(json_object_get(gpu, "vendor_id")),
           json_string_value(json_object_get(gpu, "device_id")));
    if (json_is_integer(group))
        printf("%" JSON_INTEGER_FORMAT "\t", json_integer_value(group));
    else
        printf("-\t");
    print_words(json_object_get(gpu, "functions"));
    print_words(json_object_get(gpu, "group_peers"));
    printf("%s\t%s\t%s\n", yes_or_no(gpu, "isolated"), yes_or_no(gpu, "viable"),
           yes_or_no(gpu, "boot_display"));
}

int
main(void)
{
    json_error_t error;
    json_t *document = json_loadf(stdin, 0, &error);
    size_t i;
    const json_t *gpu;
    if (!document) {
        fprintf(stderr, "list-facts: %s\n", error.text);
        return 1;
    }
    json_array_foreach(json_object_get(document, "gpus"), i, gpu) print_gpu(gpu);
    json_decref(document);
    return 0;
}
