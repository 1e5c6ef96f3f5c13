/* The tables have no dead end, and the check sees one when there is. */
#include <string.h>

#include "orchestrator/machine.h"
#include "tests/unit/unit.h"

START_TEST(both_machines_pass_their_check)
{
    struct err err = ERR_INIT;
    ck_assert_msg(machine_check(&machine_network, &err) == 0, "%s", err.text);
    ck_assert_msg(machine_check(&machine_service, &err) == 0, "%s", err.text);
}
END_TEST

/* A copy of the service machine with one row changed must be refused with that text. */
static void refuse(size_t row, struct machine_row changed, const char *text)
{
    struct machine_row rows[16];
    memcpy(rows, machine_service.row, machine_service.rows * sizeof(rows[0]));
    rows[row] = changed;
    struct machine machine = {"broken", rows, machine_service.rows};
    struct err err = ERR_INIT;
    ck_assert_int_eq(machine_check(&machine, &err), -1);
    ck_assert_msg(strstr(err.text, text) != NULL, "said: %s", err.text);
}

START_TEST(a_name_that_leads_nowhere_is_refused)
{
    struct machine_row row = machine_service.row[1];
    row.next = "nirvana";
    refuse(1, row, "leads to 'nirvana'");
}
END_TEST

START_TEST(a_circle_without_an_end_is_refused)
{
    struct machine_row row = machine_service.row[2];
    row.next = "seed";
    refuse(2, row, "never gets to an end");
}
END_TEST

START_TEST(a_way_back_that_runs_in_a_circle_is_refused)
{
    struct machine_row row = machine_service.row[0];
    row.back = "follow";
    refuse(0, row, "way back");
}
END_TEST

START_TEST(a_phase_that_nothing_reaches_is_refused)
{
    struct machine_row row = machine_service.row[6];
    row.next = "done";
    refuse(6, row, "nothing leads to phase 'retire'");
}
END_TEST

START_TEST(a_row_that_is_wrong_in_itself_is_refused)
{
    struct machine_row row = machine_service.row[0];
    row.phase = "follow";
    refuse(0, row, "has phase 'follow' twice");
    row = machine_service.row[1];
    row.step = NULL;
    refuse(1, row, "must have a step and a way on, or be an end");
    row = machine_service.row[1];
    row.back = "nirvana";
    refuse(1, row, "leads back to 'nirvana'");
    row = machine_service.row[1];
    row.story = "";
    refuse(1, row, "has no story");
}
END_TEST

START_TEST(behind_the_decision_only_soak_leads_back_and_only_to_the_cutover)
{
    size_t behind = 0;
    for (size_t i = 0; i < machine_service.rows; i++) {
        const struct machine_row *row = &machine_service.row[i];
        if (!machine_is_decided(&machine_service, row))
            continue;
        behind++;
        if (strcmp(row->phase, "soak") == 0)
            ck_assert_str_eq(row->back, "cutover");
        else
            ck_assert_msg(row->back == NULL, "phase '%s' has a way back", row->phase);
    }
    ck_assert_int_eq((int)behind, 4); /* soak, retire and the two ends */
    ck_assert(!machine_is_decided(&machine_service, machine_find(&machine_service, "cutover")));
}
END_TEST

START_TEST(the_drawing_has_every_phase_and_marks_where_we_are)
{
    struct str out CLEANUP(str_free) = STR_INIT;
    machine_mermaid(&out, "services", "seed");
    for (size_t i = 0; i < machine_service.rows; i++)
        ck_assert_ptr_nonnull(strstr(str_text(&out), machine_service.row[i].phase));
    ck_assert_ptr_nonnull(strstr(str_text(&out), "class network_2 now"));
    ck_assert_ptr_nonnull(strstr(str_text(&out), "class service_0 now"));
}
END_TEST

UNIT_MAIN("machine", both_machines_pass_their_check, a_name_that_leads_nowhere_is_refused,
          a_circle_without_an_end_is_refused, a_way_back_that_runs_in_a_circle_is_refused,
          a_phase_that_nothing_reaches_is_refused, a_row_that_is_wrong_in_itself_is_refused,
          behind_the_decision_only_soak_leads_back_and_only_to_the_cutover,
          the_drawing_has_every_phase_and_marks_where_we_are)
