/* Printing findings. */
#include "orchestrator/cli/findings_out.h"

json_t *findings_out_json(const struct finding *finding, size_t len)
{
    json_t *list = json_make_array();
    for (size_t i = 0; i < len; i++) {
        json_t *json = json_make_object();
        json_put(json, "level", json_make_text(finding_level_name(finding[i].level)));
        json_put(json, "check", json_make_text(finding[i].check));
        json_put(json, "object", json_make_text(finding[i].object));
        json_put(json, "text", json_make_text(finding[i].text));
        json_put(json, "remedy",
                 json_make_text(finding[i].remedy == NULL ? "" : finding[i].remedy));
        json_add(list, json);
    }
    return list;
}

static void print_level(const struct finding *finding, size_t len, enum finding_level level)
{
    for (size_t i = 0; i < len; i++) {
        if (finding[i].level != level)
            continue;
        out_text("%-5s  %-10s %s: %s\n", finding_level_name(level), finding[i].object,
                 finding[i].check, finding[i].text);
        if (finding[i].remedy != NULL && finding[i].remedy[0] != '\0')
            out_text("         do: %s\n", finding[i].remedy);
    }
}

void findings_out_print(const struct finding *finding, size_t len, enum finding_level from)
{
    static const enum finding_level order[] = {FINDING_BLOCK, FINDING_WARN, FINDING_PASS};
    size_t left_out = 0;
    for (size_t i = 0; i < ARRAY_LEN(order); i++)
        if (order[i] >= from)
            print_level(finding, len, order[i]);
    for (size_t i = 0; i < len; i++)
        left_out += finding[i].level < from ? 1 : 0;
    if (left_out > 0)
        out_text("pass   %zu check%s\n", left_out, left_out == 1 ? "" : "s");
}
