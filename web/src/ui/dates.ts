/** Date pickers, with their styles: loaded by the pages that have dates to pick. */
import "@mantine/dates/styles.css";
import dayjs from "dayjs";
import customParseFormat from "dayjs/plugin/customParseFormat";

// What is typed is read as it is shown: 09/01/2026 is a day in January where days come first.
dayjs.extend(customParseFormat);

export { DateInput, DateTimePicker } from "@mantine/dates";
