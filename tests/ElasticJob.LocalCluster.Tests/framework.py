"""A Mesos v1 framework in plain Python, written from the protocol's description: usage framework.py http://HOST:PORT. Prints ok at the end."""
import base64, http.client, json, os, queue, sys, threading, urllib.parse

MASTER = urllib.parse.urlparse(sys.argv[1]).netloc
JSON = {"Content-Type": "application/json", "Accept": "application/json"}
HERE = os.path.dirname(os.path.abspath(__file__))


def post(host, path, body, headers=JSON):
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("POST", path, json.dumps(body), headers)
    return connection.getresponse()


class Scheduler:
    def __init__(self, name):
        info = {"user": "nobody", "name": name, "checkpoint": True, "failover_timeout": 60.0, "roles": ["tests"],
                "capabilities": [{"type": "PARTITION_AWARE"}, {"type": "MULTI_ROLE"}, {"type": "TASK_KILLING_STATE"}]}
        self.events, self.offers, self.stash = queue.Queue(), [], []
        self.response = post(MASTER, "/api/v1/scheduler", {"type": "SUBSCRIBE", "subscribe": {"framework_info": info}})
        assert self.response.status == 200, self.response.read()
        self.stream = self.response.headers["Mesos-Stream-Id"]
        threading.Thread(target=self.read, daemon=True).start()
        self.id = self.wait("SUBSCRIBED")["subscribed"]["framework_id"]

    def read(self):
        while True:
            length = b""
            while not length.endswith(b"\n"):
                length += self.response.read(1)
            self.events.put(json.loads(self.response.read(int(length))))

    def wait(self, kind, matches=lambda event: True):
        for event in list(self.stash):
            if event["type"] == kind and matches(event):
                self.stash.remove(event)
                return event
        while True:
            event = self.events.get(timeout=30)
            if event["type"] == "UPDATE" and "uuid" in event["update"]["status"]:
                status = event["update"]["status"]
                self.call("ACKNOWLEDGE", acknowledge={k: status[k] for k in ("agent_id", "task_id", "uuid")})
            if event["type"] == kind and matches(event):
                return event
            self.stash.append(event)

    def call(self, kind, **parts):
        answer = post(MASTER, "/api/v1/scheduler", {"framework_id": self.id, "type": kind, **parts}, {**JSON, "Mesos-Stream-Id": self.stream})
        assert answer.status == 202, (kind, answer.status, answer.read())

    def state(self, task, state):
        return self.wait("UPDATE", lambda e: (e["update"]["status"]["task_id"]["value"], e["update"]["status"]["state"]) == (task, state))["update"]["status"]

    def launch(self, **task):
        offer = self.wait("OFFERS")["offers"]["offers"][0]
        task = {"name": task["task_id"]["value"], "agent_id": offer["agent_id"], **task}
        self.call("ACCEPT", accept={"offer_ids": [offer["id"]], "filters": {"refuse_seconds": 0},
                                    "operations": [{"type": "LAUNCH", "launch": {"task_infos": [task]}}]})
        return offer


def resources(cpus, mem):
    return [{"name": n, "type": "SCALAR", "scalar": {"value": v}} for n, v in (("cpus", cpus), ("mem", mem))]


scheduler = Scheduler("python")
# A command task: runs, finishes, leaves its output in the sandbox.
offer = scheduler.launch(task_id={"value": "c1"}, resources=resources(0.1, 32), command={"value": "echo hello from $MESOS_EXECUTOR_ID"})
scheduler.state("c1", "TASK_RUNNING")
scheduler.state("c1", "TASK_FINISHED")
agent = "%s:%d" % (offer["url"]["address"]["ip"], offer["url"]["address"]["port"])
path = "/frameworks/%s/executors/c1/runs/latest/" % scheduler.id["value"]
read = json.loads(post(agent, "/api/v1", {"type": "READ_FILE", "read_file": {"path": path + "stdout", "offset": 0}}).read())["read_file"]
assert base64.b64decode(read["data"]) == b"hello from c1\n", read
names = [os.path.basename(f["path"]) for f in json.loads(post(agent, "/api/v1", {"type": "LIST_FILES", "list_files": {"path": path}}).read())["list_files"]["file_infos"]]
assert names == ["stderr", "stdout"], names
# A custom executor with a task that is killed.
scheduler.launch(task_id={"value": "e1"}, resources=resources(0.1, 32), data=base64.b64encode(b"order").decode(), executor={
    "type": "CUSTOM", "executor_id": {"value": "py"}, "resources": resources(0.1, 32),
    "command": {"shell": False, "value": sys.executable, "arguments": [sys.executable, os.path.join(HERE, "executor.py")]}})
assert scheduler.state("e1", "TASK_RUNNING")["data"] == base64.b64encode(b"order").decode()
agent_id = offer["agent_id"]
scheduler.call("MESSAGE", message={"agent_id": agent_id, "executor_id": {"value": "py"}, "data": base64.b64encode(b"hi").decode()})
assert base64.b64decode(scheduler.wait("MESSAGE")["message"]["data"]) == b"echo hi"
# Reconciliation: explicit of a known and an unknown task, then implicit.
scheduler.call("RECONCILE", reconcile={"tasks": [{"task_id": {"value": "e1"}, "agent_id": agent_id}, {"task_id": {"value": "nobody"}}]})
known, unknown = scheduler.state("e1", "TASK_RUNNING"), scheduler.state("nobody", "TASK_UNKNOWN")
assert known["reason"] == unknown["reason"] == "REASON_RECONCILIATION" and "uuid" not in known
scheduler.call("RECONCILE", reconcile={})
assert scheduler.state("e1", "TASK_RUNNING")["reason"] == "REASON_RECONCILIATION"
scheduler.call("KILL", kill={"task_id": {"value": "e1"}, "agent_id": agent_id})
scheduler.state("e1", "TASK_KILLED")
scheduler.call("SHUTDOWN", shutdown={"executor_id": {"value": "py"}, "agent_id": agent_id})
failure = scheduler.wait("FAILURE")["failure"]
assert failure["executor_id"]["value"] == "py" and failure["status"] == 0, failure
scheduler.call("TEARDOWN")
print("ok")
