"""
Trains one tool on the splits of one set. Standard input is a JSON object { tool, folder, entry, repeats, threads };
standard output has a line with the tool's version, then one for each repeat: the predictions and the times.
"""

import importlib.metadata
import json
import os
import sys
import time

import numpy as np
import pandas as pd


def read_set(folder, entry):
    """Features and target; text columns are strings, and only an empty cell is missing."""
    types = {c["name"]: float if c["type"] == "number" else str for c in entry["columns"]}
    file = os.path.join(folder, entry["file"])
    frame = pd.read_csv(file, dtype=types, keep_default_na=False, na_values=[""])
    with open(os.path.join(folder, entry["splits"])) as splits:
        tests = json.load(splits)["test"]
    return frame.drop(columns=entry["target"]), frame[entry["target"]], tests


def text_columns(frame):
    return [name for name in frame.columns if not pd.api.types.is_numeric_dtype(frame[name])]


def as_categories(train, test):
    """Text columns as categories: the levels are those of the training rows, others are missing."""
    train, test = train.copy(), test.copy()
    for name in text_columns(train):
        train[name] = train[name].astype("category")
        test[name] = pd.Categorical(test[name], categories=train[name].cat.categories)
    return train, test


def sklearn_mlp(task, train, test, repeat, threads, scaled=False):
    """The usual pipeline: median and standardisation, one-hot with missing as a level of its own."""
    from sklearn.compose import TransformedTargetRegressor, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    text = text_columns(train)
    numbers = [name for name in train.columns if name not in text]
    encode = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), text),
    )
    kind = MLPClassifier if task == "classification" else MLPRegressor
    model = make_pipeline(encode, kind(random_state=repeat))
    if scaled:
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    return model, train, test


def sklearn_mlp_scaled_y(*args):
    return sklearn_mlp(*args, scaled=True)


def lightgbm(task, train, test, repeat, threads):
    import lightgbm as lgb

    kind = lgb.LGBMClassifier if task == "classification" else lgb.LGBMRegressor
    train, test = as_categories(train, test)
    # It refuses names with marks of JSON in them, and the names do not matter.
    train.columns = test.columns = [f"column{i}" for i in range(train.shape[1])]
    return kind(random_state=repeat, n_jobs=threads, verbose=-1), train, test


def realmlp_td_s(task, train, test, repeat, threads):
    import torch
    from pytabkit import RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    kind = RealMLP_TD_S_Classifier if task == "classification" else RealMLP_TD_S_Regressor
    settings = dict(n_cv=1, n_refit=0, val_fraction=0.2, device="cpu", n_threads=threads, verbosity=0)
    medians = train.median(numeric_only=True)
    train, test = as_categories(train.fillna(medians), test.fillna(medians))
    return kind(random_state=repeat, **settings), train, test


# For each tool: what it needs of (task, train, test, repeat, threads), and the package that has its version.
TOOLS = {
    "sklearn-mlp": (sklearn_mlp, "scikit-learn"),
    "sklearn-mlp-scaled-y": (sklearn_mlp_scaled_y, "scikit-learn"),
    "lightgbm": (lightgbm, "lightgbm"),
    "realmlp-td-s": (realmlp_td_s, "pytabkit"),
}


def predict(task, model, rows):
    if task == "regression":
        return np.asarray(model.predict(rows), dtype=float).ravel().tolist()
    classes = [str(label) for label in model.classes_]
    probabilities = np.asarray(model.predict_proba(rows), dtype=float)
    labels = [classes[i] for i in probabilities.argmax(axis=1)]
    return {"labels": labels, "classes": classes, "probabilities": probabilities.tolist()}


def run(job, repeat, x, y, test):
    create, _ = TOOLS[job["tool"]]
    task = job["entry"]["task"]
    is_test = np.zeros(len(x), dtype=bool)
    is_test[test] = True
    model, train_rows, test_rows = create(task, x[~is_test], x.iloc[test], repeat, job["threads"])
    wall, cpu = time.perf_counter(), time.process_time()
    model.fit(train_rows, y[~is_test])
    fitted, fitted_cpu = time.perf_counter(), time.process_time()
    predicted = predict(task, model, test_rows)
    return {
        "repeat": repeat,
        "predicted": predicted,
        "fitSeconds": fitted - wall,
        "fitCpuSeconds": fitted_cpu - cpu,
        "predictSeconds": time.perf_counter() - fitted,
    }


def main():
    job = json.load(sys.stdin)
    package = TOOLS[job["tool"]][1]
    print(json.dumps({"version": f"{package} {importlib.metadata.version(package)}"}), flush=True)
    x, y, tests = read_set(job["folder"], job["entry"])
    for repeat, test in enumerate(tests[: job["repeats"]]):
        print(json.dumps(run(job, repeat, x, y, test)), flush=True)


main()
