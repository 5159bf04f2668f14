import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { VitePWA } from "vite-plugin-pwa";

const gateway = process.env.GUANXI_GATEWAY ?? "http://127.0.0.1:8080";

const CHARTS = /\/node_modules\/(echarts|zrender|tslib)\//;
const BOARD = /node_modules\/(@hello-pangea|react-redux|redux|css-box-model|raf-schd|use-memo-one|memoize-one)\//;
const QR = /\/node_modules\/qr\//;
/** What only pages with a form or a filter need. */
const FORMS = new RegExp(
  "/node_modules/(@mantine/(dates|form)|react-number-format)/|/src/ui/fields/|/src/ui/dates"
  + "|/@mantine/core/esm/components/(NumberInput|MultiSelect|Select|Autocomplete|PinInput|SegmentedControl|PasswordInput|"
  + "Textarea|Checkbox|Radio|Pill|PillsInput|TagsInput|FileButton|Timeline|Progress|Collapse)/",
);

export default defineConfig({
  resolve: { alias: { "~": fileURLToPath(new URL("./src", import.meta.url)) } },
  plugins: [
    react(),
    VitePWA({
      registerType: "prompt",
      injectRegister: null,
      manifest: {
        name: "Guanxi 关系",
        short_name: "Guanxi",
        description: "Guanxi CRM · 关系客户管理",
        start_url: "/",
        display: "standalone",
        background_color: "#ffffff",
        theme_color: "#0b6b5d",
        icons: [
          { src: "/icon-192.png", sizes: "192x192", type: "image/png" },
          { src: "/icon-512.png", sizes: "512x512", type: "image/png" },
          { src: "/icon-maskable-512.png", sizes: "512x512", type: "image/png", purpose: "maskable" },
        ],
      },
      workbox: {
        globPatterns: ["**/*.{js,css,html,svg,png,woff2}"],
        // The API is never answered from a cache, and its addresses never show the client's page.
        navigateFallback: "/index.html",
        navigateFallbackDenylist: [/^\/(api|f)(\/|$)/, /^\/(healthz|readyz)$/],
        cleanupOutdatedCaches: true,
      },
    }),
  ],
  server: { proxy: { "/api": { target: gateway, changeOrigin: false } } },
  preview: { proxy: { "/api": { target: gateway, changeOrigin: false } } },
  build: {
    target: "es2022",
    rolldownOptions: {
      output: {
        codeSplitting: {
          // Few files: what every page needs, what forms need, charts; pages themselves are split by their routes.
          groups: [
            { name: "vendor", test: (id) => id.includes("/node_modules/") && !CHARTS.test(id) && !FORMS.test(id) && !QR.test(id) && !BOARD.test(id), priority: 5 },
            { name: "charts", test: CHARTS, priority: 4 },
            { name: "frame", test: /\/src\/(app\/(?!entry)|api\/|main)/, priority: 3 },
            { name: "show", test: /\/src\/ui\/(fields\/FieldValue|PageHeader|EmptyState)/, priority: 2 },
            { name: "forms", test: FORMS, priority: 1 },
          ],
        },
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
