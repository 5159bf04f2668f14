/** Date pickers, with their styles: loaded by the pages that have dates to pick. */
import "@mantine/dates/styles.css";

export { DateInput, DateTimePicker } from "@mantine/dates";
