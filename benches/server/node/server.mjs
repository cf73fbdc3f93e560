// GitHub's webhooks in express, with GitHub's own package.
import { Webhooks, createNodeMiddleware } from "@octokit/webhooks";
import express from "express";

const webhooks = new Webhooks({
  secret: "sk_a_secret_of_usual_length_32b",
  log: { debug() {}, info() {}, warn() {}, error() {} },
});
webhooks.on("push", () => {});

const app = express();
app.use(createNodeMiddleware(webhooks, { path: "/hooks" }));
const server = app.listen(0, "127.0.0.1", () => console.log(`127.0.0.1:${server.address().port}`));
