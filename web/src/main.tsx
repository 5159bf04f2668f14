import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./app/app.css";

import { Notifications } from "@mantine/notifications";
import { onlineManager, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { createRoot } from "react-dom/client";
import { startI18n } from "./app/i18n";
import { queryClient } from "./app/query";
import { router } from "./app/router";
import { Themed } from "./app/Themed";
import { offerUpdates } from "./app/updates";

onlineManager.setOnline(navigator.onLine);
await startI18n();

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(
  <Themed>
    <Notifications position="bottom-center" containerWidth={420} />
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </Themed>,
);
offerUpdates();
