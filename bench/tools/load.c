// Open-loop HTTP/1.1 load: one request falls due every 1/rate seconds whatever became of the others, and each is timed
// from that moment, so that a stalled server cannot hide the requests it kept waiting (no coordinated omission).
//
//   load PORT RATE SECONDS CONNECTIONS < request
//
// Sends the bytes of standard input to 127.0.0.1:PORT. Afterwards one line for each request, microseconds from when it
// fell due (the first is from the start of the run), and one for each pause between two reads that brought events:
//
//   r DUE SENT FIRST END STATUS EVENTS     FIRST: the first `data:` of an event stream, else the first byte of the body
//   g PAUSE
//   u COUNT                                requests without a whole answer
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096
#define MAX_REQUEST 65536
#define MAX_HEAD 16384
/* Requests that are still open so long after the last one fell due are given up. */
#define PATIENCE_NS 10000000000LL
#define TIMER UINT32_MAX

enum state { HEAD, LENGTH, SIZE, CHUNK, CHUNK_END, TRAILER };

struct connection {
  int fd, busy, writing;
  enum state state;
  char head[MAX_HEAD];
  size_t headLength;
  long long left;
  int status, events, match, trailer, lastChunk;
  size_t sent;
  long request;
  int64_t lastEvent;
};

struct sample {
  int64_t due, sent, first, end;
  int status, events;
};

static struct connection connections[MAX_CONNECTIONS];
static int idle[MAX_CONNECTIONS], idleAt, idleCount, connectionCount, epoll, port;
static char request[MAX_REQUEST];
static size_t requestLength;
static struct sample *samples;
static long total, due, started, done;
static int64_t *gaps;
static long gapCount, gapSpace;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void watch(int index, uint32_t events, int operation) {
  struct epoll_event event = {.events = events, .data.u32 = index};
  if (epoll_ctl(epoll, operation, connections[index].fd, &event) < 0) fail("epoll_ctl");
}

static void openConnection(int index) {
  struct connection *it = &connections[index];
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  it->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (it->fd < 0) fail("socket");
  int one = 1;
  setsockopt(it->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(it->fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) fail("connect");
  watch(index, EPOLLIN, EPOLL_CTL_ADD);
}

/* First in, first out: every connection is used now and then, and none is closed for idling. */
static void release(int index) {
  connections[index].busy = 0;
  idle[(idleAt + idleCount++) % MAX_CONNECTIONS] = index;
}

static void send_(int index) {
  struct connection *it = &connections[index];
  while (it->sent < requestLength) {
    ssize_t written = write(it->fd, request + it->sent, requestLength - it->sent);
    if (written < 0) {
      // Still connecting, or the peer reads slowly; a broken connection is found by its read.
      if (!it->writing) watch(index, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
      it->writing = 1;
      return;
    }
    it->sent += written;
  }
  if (it->writing) watch(index, EPOLLIN, EPOLL_CTL_MOD);
  it->writing = 0;
}

static void begin(int64_t at) {
  int index = idle[idleAt];
  idleAt = (idleAt + 1) % MAX_CONNECTIONS;
  idleCount--;
  struct connection *it = &connections[index];
  it->busy = 1;
  it->state = HEAD;
  it->headLength = it->sent = 0;
  it->status = it->events = it->match = it->lastChunk = 0;
  it->lastEvent = 0;
  it->request = started++;
  samples[it->request].sent = at;
  send_(index);
}

static void finish(int index, int64_t at) {
  struct connection *it = &connections[index];
  struct sample *sample = &samples[it->request];
  sample->end = at;
  sample->status = it->status;
  sample->events = it->events;
  done++;
  release(index);
}

static const char *header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n"))
    if (strncasecmp(line + 2, name, length) == 0 && line[2 + length] == ':') return line + 3 + length;
  return NULL;
}

/* An event is a `data:` at the start of a line. */
static void bodyBytes(struct connection *it, const char *bytes, size_t length, int64_t at) {
  struct sample *sample = &samples[it->request];
  int before = it->events;
  for (size_t i = 0; i < length; i++) {
    if (it->match >= 0 && bytes[i] == "data:"[it->match]) {
      if (++it->match == 5) it->events++, it->match = -1;
    } else it->match = bytes[i] == '\n' ? 0 : -1;
  }
  if (sample->first == 0) sample->first = at;
  if (it->events == before) return;
  if (before == 0) sample->first = at;
  else if (at != it->lastEvent && gapCount < gapSpace) gaps[gapCount++] = at - it->lastEvent;
  it->lastEvent = at;
}

static void headDone(struct connection *it) {
  it->head[it->headLength] = 0;
  it->status = atoi(it->head + 9);
  const char *length = header(it->head, "content-length");
  if (length != NULL) it->state = LENGTH, it->left = atoll(length);
  else it->state = SIZE, it->left = 0;
}

/* Whether the answer ended. */
static int feed(struct connection *it, const char *bytes, size_t length, int64_t at) {
  size_t i = 0;
  while (i < length) {
    switch (it->state) {
    case HEAD:
      if (it->headLength == MAX_HEAD - 1) return -1;
      it->head[it->headLength++] = bytes[i++];
      if (it->headLength >= 4 && memcmp(it->head + it->headLength - 4, "\r\n\r\n", 4) == 0) {
        headDone(it);
        if (it->state == LENGTH && it->left == 0) return 1;
      }
      break;
    case LENGTH:
    case CHUNK: {
      size_t take = length - i < (size_t)it->left ? length - i : (size_t)it->left;
      bodyBytes(it, bytes + i, take, at);
      i += take;
      it->left -= take;
      if (it->left > 0) break;
      if (it->state == LENGTH) return 1;
      it->state = CHUNK_END;
      break;
    }
    case CHUNK_END:
      if (bytes[i++] == '\n') it->state = SIZE;
      break;
    case SIZE: {
      char c = bytes[i++];
      if (c >= '0' && c <= '9') it->left = it->left * 16 + c - '0';
      else if ((c | 32) >= 'a' && (c | 32) <= 'f') it->left = it->left * 16 + (c | 32) - 'a' + 10;
      else if (c == '\n') it->state = it->left == 0 ? TRAILER : CHUNK, it->trailer = 0;
      else if (c != '\r') return -1;
      break;
    }
    case TRAILER: {
      char c = bytes[i++];
      if (c == '\n' && it->trailer == 0) return 1;
      if (c == '\n') it->trailer = 0;
      else if (c != '\r') it->trailer = 1;
      break;
    }
    }
  }
  return 0;
}

static void onReadable(int index) {
  static char buffer[65536];
  struct connection *it = &connections[index];
  ssize_t got = read(it->fd, buffer, sizeof buffer);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  int64_t at = now();
  int ended = got > 0 && it->busy ? feed(it, buffer, got, at) : -1;
  if (ended == 0) return;
  if (ended == 1) {
    finish(index, at);
    return;
  }
  close(it->fd);
  it->writing = 0;
  if (it->busy) {
    it->status = 0;
    finish(index, at);
  }
  openConnection(index);
}

int main(int argc, char **argv) {
  if (argc != 5) return fprintf(stderr, "load PORT RATE SECONDS CONNECTIONS < request\n"), 2;
  port = atoi(argv[1]);
  double rate = atof(argv[2]);
  total = (long)(rate * atof(argv[3]));
  connectionCount = atoi(argv[4]);
  if (connectionCount < 1 || connectionCount > MAX_CONNECTIONS || total < 1 || total > 2000000) return 2;
  for (ssize_t got; (got = read(0, request + requestLength, MAX_REQUEST - requestLength)) > 0;) requestLength += got;
  samples = calloc(total, sizeof *samples);
  gapSpace = total * 64;
  gaps = malloc(gapSpace * sizeof *gaps);
  epoll = epoll_create1(0);
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event timerEvent = {.events = EPOLLIN, .data.u32 = TIMER};
  epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &timerEvent);
  for (int i = 0; i < connectionCount; i++) openConnection(i), release(i);

  // Connections get a moment to be made before the first request falls due.
  int64_t start = now() + 200000000LL, giveUp = start + (int64_t)(total / rate * 1e9) + PATIENCE_NS;
  for (long i = 0; i < total; i++) samples[i].due = start + (int64_t)(i / rate * 1e9);
  while (done < total) {
    int64_t wake = due < total ? samples[due].due : giveUp;
    struct itimerspec spec = {.it_value = {wake / 1000000000LL, wake % 1000000000LL}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &spec, NULL);
    struct epoll_event events[256];
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int index = events[i].data.u32;
      if (events[i].data.u32 == TIMER) continue;
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) onReadable(index);
      else if (events[i].events & EPOLLOUT) send_(index);
    }
    int64_t at = now();
    if (at >= giveUp) break;
    while (due < total && samples[due].due <= at) due++;
    while (started < due && idleCount > 0) begin(now());
  }
  for (long i = 0; i < total; i++) {
    struct sample *it = &samples[i];
    if (it->end == 0) continue;
    printf("r %.1f %.1f %.1f %.1f %d %d\n", (it->due - start) / 1e3, (it->sent - it->due) / 1e3,
           ((it->first == 0 ? it->end : it->first) - it->due) / 1e3, (it->end - it->due) / 1e3, it->status, it->events);
  }
  for (long i = 0; i < gapCount; i++) printf("g %.1f\n", gaps[i] / 1e3);
  printf("u %ld\n", total - done);
  return 0;
}
