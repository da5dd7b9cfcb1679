import { layer } from "@effect/vitest"
import * as Layer from "effect/Layer"
import { conflict } from "./conflict.ts"
import { firstRun } from "./firstRun.ts"
import { Browser } from "./kit/Browser.ts"
import { Installation } from "./kit/Installation.ts"
import { links } from "./links.ts"
import { otelConfig } from "./otelConfig.ts"
import { pages } from "./pages.ts"
import { prefix } from "./prefix.ts"
import { speed } from "./speed.ts"
import { viewer } from "./viewer.ts"

// One file, so that all tests share one browser and one program, and none disturbs another's measurement.
layer(Layer.merge(Browser.layer, Installation.layer), { excludeTestServices: true, timeout: "120 seconds" })(
  "the dashboard in a browser",
  (it) => {
    firstRun(it)
    otelConfig(it)
    conflict(it)
    viewer(it)
    links(it)
    prefix(it)
    pages(it)
    speed(it)
  }
)
