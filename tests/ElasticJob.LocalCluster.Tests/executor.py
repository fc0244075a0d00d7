"""A custom executor in plain Python, written from the protocol's description: each task runs until it is killed or told to finish."""
import base64, http.client, json, os, sys, threading, time, uuid

AGENT = os.environ["MESOS_AGENT_ENDPOINT"]
IDS = {"framework_id": {"value": os.environ["MESOS_FRAMEWORK_ID"]}, "executor_id": {"value": os.environ["MESOS_EXECUTOR_ID"]}}
HEADERS = {"Content-Type": "application/json", "Accept": "application/json"}
if "MESOS_EXECUTOR_AUTHENTICATION_TOKEN" in os.environ:
    HEADERS["Authorization"] = "Bearer " + os.environ["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"]
unacknowledged, tasks = {}, {}


def call(kind, **parts):
    connection = http.client.HTTPConnection(AGENT)
    connection.request("POST", "/api/v1/executor", json.dumps({**IDS, "type": kind, **parts}), HEADERS)
    return connection.getresponse()


def update(task, state, **more):
    status = {"task_id": task, "state": state, "source": "SOURCE_EXECUTOR", "timestamp": time.time(),
              "uuid": base64.b64encode(uuid.uuid4().bytes).decode(), **more}
    unacknowledged[status["uuid"]] = {"status": status}
    try:
        call("UPDATE", update={"status": status})
    except OSError:
        pass  # sent again with the next subscription


def records(response):
    while True:
        length = b""
        while not length.endswith(b"\n"):
            byte = response.read(1)
            if not byte:
                return
            length += byte
        yield json.loads(response.read(int(length)))


def handle(event):
    if event["type"] == "LAUNCH":
        task = event["launch"]["task"]
        tasks[task["task_id"]["value"]] = task
        update(task["task_id"], "TASK_RUNNING", data=task.get("data", ""))
    elif event["type"] == "KILL":
        tasks.pop(event["kill"]["task_id"]["value"], None)
        update(event["kill"]["task_id"], "TASK_KILLED")
    elif event["type"] == "ACKNOWLEDGED":
        unacknowledged.pop(event["acknowledged"]["uuid"], None)
    elif event["type"] == "MESSAGE":
        text = base64.b64decode(event["message"]["data"]).decode()
        if text.startswith("finish "):
            task = tasks.pop(text[7:])
            update(task["task_id"], "TASK_FINISHED")
        elif text.startswith("exit "):
            os._exit(int(text[5:]))
        else:
            call("MESSAGE", message={"data": base64.b64encode(("echo " + text).encode()).decode()})
    elif event["type"] == "SHUTDOWN":
        os._exit(0)


print("executor started", flush=True)
deadline = time.time() + 60
while time.time() < deadline:
    try:
        response = call("SUBSCRIBE", subscribe={"unacknowledged_tasks": list(tasks.values()),
                                                "unacknowledged_updates": list(unacknowledged.values())})
        if response.status == 200:
            for event in records(response):
                handle(event)
            if os.environ.get("MESOS_CHECKPOINT") != "1":
                sys.exit(1)
            deadline = time.time() + 60
    except (OSError, http.client.HTTPException):
        pass
    threading.Event().wait(0.1)
